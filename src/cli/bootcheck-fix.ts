import { basename } from 'node:path';
import { type Finding, findingName } from '../boot/finding.ts';
import { ITEM_IDS, ITEMS } from '../boot/items.ts';
import { verdictOf } from '../boot/verdict.ts';
import type { BootTarget } from '../jobs/boot/boot-target.ts';
import type { Surroundings } from '../jobs/boot/read-boot.ts';
import { BootRepair, type PreparedFix } from '../jobs/boot/repair.ts';
import { checkJson, findingJson, pieceJson } from '../jobs/boot/told-check.ts';
import { Refusal } from '../jobs/refusal.ts';
import { pieceLines, verdictLine } from '../telling/boot-lines.ts';
import { STATE_WORDS } from '../telling/boot-table.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
import type { BootcheckArguments, WantedFix } from './bootcheck-arguments.ts';
import { canAsk, confirmWrite } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const WIDTH = 80;

/** `lifeboat bootcheck DEVICE --fix ITEM...`: one fix after the other, each shown and confirmed. */
export async function fixCommand(
  wanted: BootcheckArguments,
  target: BootTarget,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const repair = await BootRepair.begin(target, surroundings, wanted);
  const view = new FixView(wanted);
  try {
    // What must not be written to at all is told before it.
    refuseUnasked(wanted);
    const names = namesOf(wanted.fixes, repair.result.findings);
    let isFixed = true;
    for (const name of names.wanted) isFixed = (await fixOne(repair, name, wanted, view)) && isFixed;
    for (const name of names.nothing) view.nothing(name, repair.result.findings);
    view.end(target, repair);
    return isFixed && names.nothing.length === 0 ? EXIT.saved : EXIT.losses;
  } finally {
    await repair.close();
  }
}

/** Where nobody can be asked, nothing is written unless that was said. */
export function refuseUnasked({ yes, dryRun, json, path }: BootcheckArguments): void {
  if (yes || dryRun || (canAsk() && !json)) return;
  throw new Refusal(
    'not-confirmed',
    `Nobody can be asked whether ${path} may be written to.`,
    'Say --yes to write without asking, or --dry-run to see what would be written.',
  );
}

/** The findings that are meant, in the order in which they are fixed; and items at which there is nothing to fix. */
function namesOf(
  fixes: readonly WantedFix[] | 'all',
  findings: readonly Finding[],
): { wanted: string[]; nothing: string[] } {
  const wrong = findings.filter(({ state }) => state === 'failing' || state === 'warning');
  if (fixes === 'all') {
    const wanted = wrong.filter(({ fix }) => fix !== undefined && !fix.onlyByName);
    return { wanted: wanted.map(findingName), nothing: [] };
  }
  const nothing: string[] = [];
  const wanted: Finding[] = [];
  for (const { item, part } of fixes) {
    const meant = wrong.filter((one) => one.item === item && (part === undefined || one.part === part));
    if (meant.length === 0) nothing.push(part === undefined ? item : `${item}:${part}`);
    wanted.push(...meant.filter((one) => !wanted.includes(one)));
  }
  const order = (one: Finding): number => ITEM_IDS.indexOf(one.item) * 1000 + (one.part ?? 0);
  return { wanted: wanted.sort((a, b) => order(a) - order(b)).map(findingName), nothing };
}

/** Fixes one finding; whether it is right now. */
async function fixOne(
  repair: BootRepair,
  name: string,
  wanted: BootcheckArguments,
  view: FixView,
): Promise<boolean> {
  const before = repair.result.findings.find((one) => findingName(one) === name);
  // Something that was fixed before may have put it right as well.
  if (before === undefined || before.state === 'ok') return true;
  const prepared = await repair.prepare(name);
  if (typeof prepared === 'string') {
    view.cannot(name, prepared);
    return false;
  }
  view.show(prepared);
  if (wanted.dryRun) return true;
  const word = basename(repair.target.wholePath);
  if (!wanted.yes && !(await confirmWrite(word))) {
    view.left(name);
    return false;
  }
  const { now, notes } = await repair.apply(prepared);
  view.applied(name, now, repair.undoPath, notes);
  return now === undefined || now.state === 'ok';
}

/** Tells what is fixed, for people or as lines of JSON. */
class FixView {
  readonly #json: boolean;
  readonly #dryRun: boolean;
  #told = '';

  constructor({ json, dryRun }: BootcheckArguments) {
    this.#json = json;
    this.#dryRun = dryRun;
  }

  show({ finding, fix, pieces }: PreparedFix): void {
    const name = findingName(finding);
    if (this.#json) {
      const { does, risk, beware } = fix;
      this.#event({ event: 'fix', name, does, risk, beware, pieces: pieces.map(pieceJson) });
      return;
    }
    this.#say(`${name.padEnd(6)}${ITEMS[finding.item].title}: ${safeText(finding.read)}`);
    this.#tell(`${fix.does} Risk: ${fix.risk}. ${fix.beware}`.trim(), '      ');
    for (const line of pieceLines(pieces)) this.#say(line);
  }

  cannot(name: string, why: string): void {
    if (this.#json) this.#event({ event: 'not-fixed', name, why });
    else this.#tell(`${name}: not fixed. ${why}`);
  }

  nothing(name: string, findings: readonly Finding[]): void {
    const [item = '', part] = name.split(':');
    const found = findings.find(
      (one) => one.item === item && (part === undefined || one.part === Number(part)),
    );
    const state = found === undefined ? 'there is no such place' : `it is ${STATE_WORDS[found.state]}`;
    this.cannot(name, `There is nothing to be fixed: ${state}.`);
  }

  left(name: string): void {
    this.#say(`${name} is left as it is.`);
  }

  applied(name: string, now: Finding | undefined, undo: string | undefined, notes: readonly string[]): void {
    if (this.#json) {
      this.#event({ event: 'fixed', name, undoFile: undo, now: now && findingJson(now), notes });
      return;
    }
    const state = now === undefined ? 'not needed any more' : STATE_WORDS[now.state];
    this.#tell(`${name} is written, read back, and checked again: ${state}.`);
    if (now !== undefined && now.state !== 'ok') this.#tell(now.meaning);
    for (const note of notes) this.#tell(note);
    // A command is never broken.
    if (undo !== undefined && undo !== this.#told) {
      this.#say(`Undo it: lifeboat bootcheck undo ${safeText(undo)}`);
    }
    this.#told = undo ?? '';
  }

  end(target: BootTarget, { result }: BootRepair): void {
    if (this.#json) {
      this.#event({ event: 'result', ...checkJson(target, result) });
      return;
    }
    if (this.#dryRun) this.#say('Nothing was written (--dry-run).');
    this.#say('');
    this.#tell(verdictLine(verdictOf(result.context.system, result.findings), result.findings));
  }

  #event(event: object): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }

  #tell(text: string, indent = ''): void {
    for (const line of wrapText(text, WIDTH - indent.length)) this.#say(indent + line);
  }

  #say(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
