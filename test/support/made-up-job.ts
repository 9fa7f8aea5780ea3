import type { JobEvent } from '../../src/jobs/job-events.ts';
import type { ProgressEvent } from '../../src/rescue/events.ts';

export const TB = 1e12;
export const JOB = '/run/lifeboat/stick/jobs/sda2-to-windows';

/** A map as it may be in the midst of a rescue: mostly saved, some places bad or put off, the end not tried. */
export function picture(done: number): string {
  return Array.from({ length: 4000 }, (_, i) => {
    if (i > 3300) return ' ';
    if (i % 613 === 17 && i < done) return '-';
    if (i > 2100 && i < 2140 && i < done) return '*';
    if (i === Math.floor(done)) return '~';
    return i < done ? '+' : '?';
  }).join('');
}

export const START: JobEvent = {
  event: 'start',
  version: '0.1.0',
  source: {
    path: '/dev/sda2',
    kind: 'block',
    sizeBytes: TB - 6e8,
    model: 'WDC WD10EZEX-08WN4A0',
    serial: 'WD-WCC6Y7T2K9P1',
    sectorBytes: 512,
    physicalSectorBytes: 4096,
    directIo: true,
    diskSequence: undefined,
  },
  target: {
    path: '/dev/sde1:/Windows-2026-11-20.img',
    kind: 'file',
    sizeBytes: TB - 6e8,
    model: 'Elements',
    serial: '575834',
  },
  map: '/dev/sde1:/Windows-2026-11-20.img.map',
  job: JOB,
  resumed: false,
};

export const PLAN: JobEvent = {
  event: 'plan',
  fileSystem: 'ntfs',
  label: 'Windows',
  volumeSerial: '7C1E22F07C1E22F0',
  clusterBytes: 4096,
  dirty: true,
  complete: true,
  domainBytes: 4.124e11,
  metadataBytes: 9.1e8,
  firstBytes: 6.2e10,
  alreadySavedBytes: 0,
  partitions: [],
  notes: ['Windows is asked to check the volume: its structures may contradict each other.'],
};

export const PROGRESS: ProgressEvent = {
  event: 'progress',
  phase: 'copy',
  stage: 'used',
  pass: 1,
  elapsedMs: 1_858_000,
  position: 5.31e11,
  domainBytes: 4.124e11,
  savedBytes: 2.189e11,
  untriedBytes: 1.919e11,
  skippedBytes: 1.2e9,
  badBytes: 3_400_704,
  badAreas: 87,
  stages: [
    { stage: 'metadata', totalBytes: 9.1e8, savedBytes: 9.1e8, badBytes: 0 },
    { stage: 'first', totalBytes: 6.2e10, savedBytes: 6.1999e10, badBytes: 409_600 },
    { stage: 'used', totalBytes: 3.495e11, savedBytes: 1.56e11, badBytes: 2_991_104 },
  ],
  failedReads: 412,
  reads: 90_000,
  rate: 96e6,
  averageRate: 118e6,
  timeLeft: { shortestSeconds: 1620, longestSeconds: 2400 },
  waitingFor: undefined,
  waitingMs: 3,
  mapAgeMs: 4000,
  cells: picture(1760),
};

/** What a job has told in half an hour. */
export function events(): JobEvent[] {
  const told: JobEvent[] = [START, PLAN, { event: 'phase', phase: 'copy', stage: 'used', pass: 1 }];
  for (let second = 0; second < 1858; second += 2) {
    const wave = Math.sin(second / 90) * 0.25 + Math.sin(second / 17) * 0.05;
    const rate = second > 1200 && second < 1260 ? 4e6 : 130e6 * (0.9 + wave) - second * 9000;
    const waitingMs = second > 1200 && second < 1228 ? (second - 1200) * 1000 : 12 + (second % 46);
    told.push({ ...PROGRESS, elapsedMs: second * 1000, rate, waitingMs, waitingFor: 'answer' });
    if (second % 300 === 298) {
      told.push({
        event: 'fault',
        start: 3.7e11 + second * 7e7,
        end: 3.7e11 + second * 7e7 + 65_536,
        phase: 'copy',
        decided: second % 600 !== 298,
      });
    }
  }
  told.push({
    event: 'fault',
    start: 536_870_912_000,
    end: 536_870_912_000 + 1_073_741_824,
    phase: 'copy',
    decided: false,
  });
  told.push({ event: 'note', message: 'The disk answers again after 28 s; the rescue goes on.' });
  return [...told, PROGRESS];
}
