import type { ArchivePorts, KeptKind, SurveyEvent, TroubleEvent } from '../events.ts';
import { ownContent } from '../inventory/described.ts';
import type { OpenNtfsVolume } from '../open-volume.ts';
import type { WhyLeftOut } from './left-out.ts';
import { compressesChildren, specialsOf } from './specials.ts';

/** What a walk over a volume gave before anything is saved. */
export interface Survey {
  readonly event: SurveyEvent;
  /** Bytes that go into the side file at least. */
  readonly sideBytes: number;
  readonly troubles: readonly TroubleEvent[];
  /** Paths that are left out because Windows makes them anew, as they are written on the volume. */
  readonly systemFiles: readonly string[];
}

/** A line of JSON for an object, compressed. */
const SIDE_BYTES_PER_OBJECT = 80;
const MAX_LEFT_OUT_TOLD = 1000;

/** Walks over a volume, without reading any content, and counts what FSArchiver cannot keep. */
export async function surveyVolume(
  volume: OpenNtfsVolume,
  fileSystem: number,
  whyLeftOut: (path: string) => WhyLeftOut | undefined,
  ports: ArchivePorts,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const kept = new Map<KeptKind, { count: number; bytes: number }>();
  const notKept = new Map<string, number>();
  const leftOut: { path: string; why: string; bytes: number }[] = [];
  const systemFiles: string[] = [];
  const troubles: TroubleEvent[] = [];
  const compressing = new Set<string>();
  let objects = 0;
  let contentBytes = 0;
  let sideBytes = 0;
  const trouble = (path: string, kind: TroubleEvent['trouble'], message: string): void => {
    troubles.push({ event: 'trouble', fileSystem, path, trouble: kind, message });
  };

  for await (const line of volume.inventory.lines({ signal, whyLeftOut })) {
    switch (line.kind) {
      case 'object': {
        const { described } = line.found;
        objects++;
        contentBytes += ownContent(described)?.sizeBytes ?? 0;
        sideBytes += SIDE_BYTES_PER_OBJECT;
        const parent = described.path.slice(0, Math.max(0, described.path.lastIndexOf('/')));
        if (described.kind === 'folder' && compressesChildren(described)) compressing.add(described.path);
        const isInCompressed = described.path !== '' && compressing.has(parent);
        for (const { kind, bytes } of specialsOf(described, isInCompressed)) {
          const known = kept.get(kind) ?? { count: 0, bytes: 0 };
          kept.set(kind, { count: known.count + 1, bytes: known.bytes + bytes });
          sideBytes += bytes;
        }
        for (const name of described.others ?? []) notKept.set(name, (notKept.get(name) ?? 0) + 1);
        if (described.problem !== undefined) trouble(described.path, 'damaged', described.problem);
        break;
      }
      case 'name':
        sideBytes += SIDE_BYTES_PER_OBJECT;
        break;
      case 'lost':
        trouble(line.path, 'lost', line.problem);
        break;
      case 'damaged-folder':
        trouble(line.path, 'folder', 'a part of the folder is lost: names in it may be missing');
        break;
      case 'left-out':
        if (line.why === 'system') systemFiles.push(line.path);
        if (leftOut.length < MAX_LEFT_OUT_TOLD) {
          leftOut.push({ path: line.path, why: line.why, bytes: line.sizeBytes });
        }
        break;
    }
  }
  const event: SurveyEvent = {
    event: 'survey',
    fileSystem,
    source: volume.path,
    type: 'ntfs',
    label: volume.facts.label ?? '',
    objects,
    contentBytes,
    kept: [...kept].map(([kind, counts]) => ({ kind, ...counts })),
    leftOut,
    notKept: [...notKept].map(([name, count]) => ({ name, count })),
  };
  ports.emit(event);
  return { event, sideBytes, troubles, systemFiles };
}
