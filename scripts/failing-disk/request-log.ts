import { RC, type Rc } from './fault-model.ts';

/** One request that the disk got. */
export interface LoggedRequest {
  /** Disk time in milliseconds when it was answered, counted from the start of the disk. */
  readonly vtimeMs: number;
  readonly offset: number;
  readonly length: number;
  readonly rc: Rc;
  readonly costMs: number;
}

/** What a log comes to. */
export interface RequestTotals {
  readonly requests: number;
  /** Reads of sectors that failed (rc 1 and 2): each one costs a dying disk seconds. */
  readonly failing: number;
  readonly vanished: number;
  /** Writes to the source: anything but 0 is a grave defect of the program under test. */
  readonly writes: number;
  readonly bytesRead: number;
  readonly diskMs: number;
}

/** The line of the log for a request: `vtime offset length rc cost_ms`. */
export function formatRequest({ vtimeMs, offset, length, rc, costMs }: LoggedRequest): string {
  return `${vtimeMs.toFixed(3)} ${offset} ${length} ${rc} ${costMs.toFixed(3)}\n`;
}

/** Reads a log; comment lines and a line that is still being written are left out. */
export function parseRequests(text: string): LoggedRequest[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [vtimeMs = Number.NaN, offset = 0, length = 0, rc = 0, costMs = 0] = line.split(' ').map(Number);
    if (Number.isNaN(vtimeMs)) throw new Error(`request log: cannot understand '${line}'`);
    return { vtimeMs, offset, length, rc: rc as Rc, costMs };
  });
}

/** Adds up a log. */
export function totals(requests: readonly LoggedRequest[]): RequestTotals {
  const count = (...codes: Rc[]): number => requests.filter(({ rc }) => codes.includes(rc)).length;
  return {
    requests: requests.length,
    failing: count(RC.bad, RC.weak),
    vanished: count(RC.vanished),
    writes: count(RC.written),
    bytesRead: requests.reduce((sum, { rc, length }) => (rc === RC.ok ? sum + length : sum), 0),
    diskMs: requests.at(-1)?.vtimeMs ?? 0,
  };
}
