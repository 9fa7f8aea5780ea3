import type { JobEnd } from '../jobs/job-identity.ts';
import type { JobState, JobSummary } from '../jobs/job-list.ts';
import type { VerifiedRecord } from '../jobs/job-record.ts';
import { bytesText, percentText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** Where a job stands, in a few words. */
const STATE_WORDS: Record<JobState, string> = {
  running: 'running',
  interrupted: 'interrupted (crash or power cut)',
  damaged: 'its folder is damaged',
  away: 'its drive is not mounted',
  saved: 'finished, everything is saved',
  losses: 'finished with losses',
  stopped: 'stopped by you',
  'source-gone': 'the source vanished',
  failed: 'failed',
};

/** What can be done next about a job, in a sentence. */
function nextStep({ state, name, folder, holder }: JobSummary): string {
  switch (state) {
    case 'running':
      return `process ${holder?.pid} is at work on it`;
    case 'saved':
      return 'nothing: keep the map with the copy';
    case 'losses':
      return `lifeboat report ${name} shows what was lost; lifeboat resume ${name} goes on with what is left`;
    case 'damaged':
      return `give the command lifeboat rescue again, with the map; or remove ${folder}`;
    case 'away':
      return `mount the drive with ${folder}`;
    default:
      return `lifeboat resume ${name}`;
  }
}

/** A job in a list, for people. */
export function jobLines(job: JobSummary): string[] {
  return [
    `${safeText(job.name)}: ${STATE_WORDS[job.state]}`,
    ...[...jobFacts(job), ['next', safeText(nextStep(job))] as const].map(
      ([what, text]) => `  ${what.padEnd(6)} ${text}`,
    ),
    '',
  ];
}

/** What is known of a job, each with a word in front. */
export function jobFacts(job: JobSummary): (readonly [what: string, text: string])[] {
  const { record, map, problem } = job;
  const facts: (readonly [string, string])[] = [];
  if (record !== undefined) {
    const label = record.label ? ` "${safeText(record.label)}"` : '';
    facts.push(['from', `${endText(record.source)}${label}`], ['to', endText(record.target)]);
    facts.push(['when', `begun ${timeText(record.created)}, last run ${timeText(record.updated)}`]);
    const domain = record.progress?.domainBytes;
    if (map !== undefined && domain !== undefined) {
      const share = percentText(Math.min(map.savedBytes, domain), domain);
      const saved = `${bytesText(map.savedBytes)} of ${bytesText(domain)}`;
      facts.push(['done', `${share} (${saved}), bad ${bytesText(map.badBytes)}`]);
    }
  }
  const verified = record?.verified;
  if (verified !== undefined) {
    facts.push(['check', checkText(verified)]);
  }
  facts.push(['folder', safeText(job.folder)]);
  if (problem !== undefined) facts.push(['note', safeText(problem)]);
  return facts;
}

/** A check that is older than the last run says nothing of what is there now, and a difference no alarm any more. */
function checkText({ at, checkedBytes, uncheckedBytes, differentBytes, isOlder }: VerifiedRecord): string {
  const differed = isOlder ? 'differed' : 'DIFFERED';
  const what = differentBytes > 0 ? `, ${bytesText(differentBytes)} ${differed}` : ', the same';
  const compared = checkedBytes > 0 ? `${bytesText(checkedBytes)} compared${what}` : 'nothing compared';
  const rest = uncheckedBytes > 0 ? `, not checked ${bytesText(uncheckedBytes)}` : '';
  const [when, since] = isOlder ? [', before the last run', '; not compared since'] : ['', ''];
  return `${timeText(at)}${when}: ${compared}${rest}${since}`;
}

const endText = (end: JobEnd): string =>
  [
    safeText(end.on ? `${end.on.path}:${end.path}` : end.path),
    bytesText(end.sizeBytes),
    ...[end.on ?? end].flatMap(({ model, serial }) => [
      model && safeText(model),
      serial && `serial ${safeText(serial)}`,
    ]),
  ]
    .filter(Boolean)
    .join(', ');

/** `2026-11-19 22:40`, in the time of this place. */
function timeText(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
