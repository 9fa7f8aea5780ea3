import { ATTRIBUTE } from './attribute.ts';
import { readAttribute } from './attribute-data.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import { inHole } from './holes.ts';
import { shown, u16, u32, u64 } from './little-endian.ts';

/** Whether changes wait in $LogFile that were not made in the volume yet; `unknown` when it cannot be read. */
export type LogState = 'clean' | 'unclean' | 'unknown';

/** Both restart pages lie in the first 8 KiB on all volumes with pages of 4 KiB, which is what Windows makes. */
const PAGE_BYTES = 4096;
const RESTART_AREA_AT = 0x18;
const IN_USE_LIST_AT = 0x0c;
const FLAGS_AT = 0x0e;
const NO_CLIENT = 0xffff;
const FLAG_CLEAN = 2;

/**
 * Reads the restart pages of $LogFile (specification). The younger one counts: the log is clean when nobody has it open
 * or it says so itself. A log that was emptied (all ones) is clean.
 */
export async function readLogState(volume: OpenVolume): Promise<LogState> {
  const state = await volume.mft.record(SYSTEM_RECORD.LOG_FILE);
  if (state.state !== 'in-use') return 'unknown';
  const data = await fileAttribute(volume, state.record, ATTRIBUTE.DATA, '');
  if (data === undefined || data.dataBytes < 2 * PAGE_BYTES) return 'unknown';
  const { bytes, holes } = await readAttribute(
    volume.reader,
    data,
    volume.boot.clusterBytes,
    0,
    2 * PAGE_BYTES,
  );
  let youngest: { lsn: number; isClean: boolean } | undefined;
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    if (inHole(holes, at, at + PAGE_BYTES) || shown(bytes, at, 4) !== '"RSTR"') continue;
    const area = u16(bytes, at + RESTART_AREA_AT);
    if (area < 0x1e || area + FLAGS_AT + 2 > PAGE_BYTES) continue;
    const lsn = u64(bytes, at + area) ?? 0;
    const isClosed = u16(bytes, at + area + IN_USE_LIST_AT) === NO_CLIENT;
    const isClean = isClosed || (u16(bytes, at + area + FLAGS_AT) & FLAG_CLEAN) !== 0;
    if (youngest === undefined || lsn > youngest.lsn) youngest = { lsn, isClean };
  }
  if (youngest !== undefined) return youngest.isClean ? 'clean' : 'unclean';
  return u32(bytes, 0) === 0xffffffff ? 'clean' : 'unknown';
}
