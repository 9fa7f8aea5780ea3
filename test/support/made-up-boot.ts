import { setTimeout as delay } from 'node:timers/promises';
import type { RepairEvent, ShownCheck, ShownPlan } from '../../src/jobs/boot/repair-messages.ts';
import type { ToldFinding } from '../../src/jobs/boot/told-check.ts';
import type { SelfTalk } from '../../src/jobs/self-task.ts';
import { BootSession } from '../../src/tui/boot/boot-session.ts';
import { BootPlanView } from '../../src/tui/views/boot-plan-view.ts';
import { BootView } from '../../src/tui/views/boot-view.ts';
import type { MadeUpScreen } from './made-up-screen.ts';

const ignore = (): void => undefined;

function finding(name: string, more: Partial<ToldFinding>): ToldFinding {
  return {
    name,
    item: name.replace(/:.*/, '') as ToldFinding['item'],
    partition: undefined,
    state: 'ok',
    read: '55 AA',
    expected: '',
    meaning: '',
    position: undefined,
    advice: undefined,
    fix: undefined,
    ...more,
  };
}

const CHECK: ShownCheck = {
  device: '/dev/sdc',
  sizeBytes: 1e12,
  verdict: 'fails',
  unfinished: undefined,
  findings: [
    finding('M1', {}),
    finding('M2', { read: 'code of Windows' }),
    finding('M4', {
      state: 'failing',
      read: 'no partition is active',
      expected: 'exactly one active partition, with a loader in it',
      meaning: 'A BIOS finds nothing to start and says "Missing operating system" or nothing at all.',
      position: 446,
      fix: {
        does: 'Marks partition 1 as active.',
        risk: 'low',
        beware: '',
        onlyByName: false,
        kind: 'bytes',
        pieces: undefined,
      },
    }),
    finding('N2:1', {
      state: 'warning',
      read: 'hidden sectors 63',
      expected: 'hidden sectors 2048',
      meaning: 'The boot code looks for the volume in the wrong place.',
      advice: 'Windows mends it by itself with bootrec /fixboot.',
    }),
    finding('I1', { read: 'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS' }),
    finding('G1', { state: 'not-applicable', read: 'the disk has an MBR' }),
    finding('F1', { state: 'unknown', read: 'bootmgr: \u001b[2J cannot be read' }),
  ],
};

const PLAN: ShownPlan = {
  kind: 'fix',
  does: ['M4  Active partition', 'Marks partition 1 as active. Risk: low.'],
  pieces: [
    { start: 446, what: 'mark of partition 1, in the MBR', before: '00', after: '80' },
    {
      start: 1_048_576,
      what: 'an empty log',
      before: Array.from({ length: 600 }, (_, i) => (i % 7 === 0 ? 'A5' : '00')).join(' '),
      after: Array.from({ length: 600 }, () => 'FF').join(' '),
    },
  ],
  moreBytes: 67_108_264,
};

/** Answers every order with the next of these; with none it thinks for ever. */
function talk(answers: readonly RepairEvent[]): SelfTalk {
  return {
    events: (async function* () {
      // An answer comes after it was asked for.
      await delay(1);
      yield* answers;
      await delay(3_600_000, undefined, { ref: false });
    })(),
    ended: new Promise(() => undefined),
    stop: ignore,
    send: ignore,
    close: ignore,
  };
}

const actions = { fix: ignore, undo: ignore, other: ignore };
const proof = { kind: 'serial' as const, shown: 'WD-WCC6Y7T2____', wanted: 'K9P1' };

const view = (...answers: RepairEvent[]): BootView =>
  new BootView('sdc', new BootSession(talk(answers)), actions);

/** Every screen of the boot check by name. */
export function madeUpBoot(): Record<string, () => MadeUpScreen> {
  const checked: RepairEvent = { event: 'checked', check: CHECK };
  return {
    boot: () => ({ view: view(checked) }),
    'boot-all': () => ({ view: view(checked), keys: ['a', 'down', 'down'] }),
    'boot-path': () => ({ view: view(checked), keys: ['p'] }),
    'boot-refused': () => ({
      view: view({ event: 'refused', message: 'There is nothing at /dev/sdx.', advice: 'Look again.' }),
    }),
    'boot-explained': () => ({ view: view(checked), opens: 'e' }),
    'boot-plan': () => ({
      view: new BootPlanView('M4', PLAN, new BootSession(talk([])), proof),
      keys: ['k', '9', 'pagedown'],
    }),
    'boot-undo': () => ({
      view: new BootPlanView(
        'bootcheck-sdc-20261120T163107.undo',
        {
          kind: 'undo',
          does: ['/root/bootcheck-sdc-20261120T163107.undo', 'Takes back M4: Marks partition 1 as active.'],
          pieces: [{ start: 446, what: 'mark of partition 1, in the MBR', before: '80', after: '00' }],
          moreBytes: 0,
        },
        new BootSession(talk([])),
        { kind: 'size', shown: '_______ MB', wanted: '1000000' },
      ),
    }),
  };
}
