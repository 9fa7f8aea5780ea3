import { openSource } from '../../src/block/source-device.ts';
import type { Content } from '../../src/probe/content/content.ts';
import { identify } from '../../src/probe/content/identify.ts';
import { Look } from '../../src/probe/look.ts';

/** What the prober finds in an image, and what it has read for that. */
export async function contentOf(path: string): Promise<Content & { readonly bytesRead: number }> {
  const source = await openSource(path);
  try {
    const look = new Look(source, () => undefined);
    const content = await identify(look.part(0, source.sizeBytes, 4 * 2 ** 20));
    return { ...content, bytesRead: look.touched.bytes };
  } finally {
    await source.close();
  }
}
