import { runOrThrow } from './tools.ts';

/** Clusters of an attribute on the volume, as ntfsinfo of ntfs-3g sees them: the judge of where things are. */
interface AttributeRuns {
  /** Such as `$DATA`. */
  readonly type: string;
  readonly runs: readonly { readonly lcn: number; readonly length: number }[];
}

/** All non-resident attributes of a file record. */
export async function attributeRuns(image: string, record: number): Promise<AttributeRuns[]> {
  const text = await runOrThrow('ntfsinfo', ['-f', '-v', '-i', String(record), image]);
  const found: { type: string; runs: { lcn: number; length: number }[] }[] = [];
  let inRuns = false;
  for (const line of text.split('\n')) {
    const attribute = /^Dumping attribute (\$\w+)/.exec(line);
    if (attribute) found.push({ type: attribute[1] ?? '', runs: [] });
    if (/^\s*Runlist:/.test(line)) {
      inRuns = true;
      continue;
    }
    const run = /^\s+0x([0-9a-f]+)\s+(?:0x([0-9a-f]+)|<\w+>)\s+0x([0-9a-f]+)\s*$/i.exec(line);
    if (!run) inRuns = false;
    else if (inRuns && run[2] !== undefined) {
      found
        .at(-1)
        ?.runs.push({ lcn: Number.parseInt(run[2], 16), length: Number.parseInt(run[3] ?? '', 16) });
    }
  }
  return found.filter((attribute) => attribute.runs.length > 0);
}

/** First byte of the attribute's content on the volume. */
export async function startOfAttribute(
  image: string,
  clusterBytes: number,
  record: number,
  type: string,
): Promise<number> {
  const attribute = (await attributeRuns(image, record)).find((each) => each.type === type);
  const first = attribute?.runs[0];
  if (!first) throw new Error(`record ${record} of ${image} has no non-resident ${type}`);
  return first.lcn * clusterBytes;
}
