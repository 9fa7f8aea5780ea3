import { plural } from '../../text/quantity.ts';
import type { HealthFigure, HealthReason } from './health.ts';
import { flagAt, listAt, numberAt, textAt } from './json.ts';

/** What the SMART attributes, the error log and the self-test log of an ATA disk mean. */

interface Attribute extends HealthFigure {
  readonly id: number;
  /** `now` and `past`: it has crossed the limit that the maker set. */
  readonly failed: 'now' | 'past' | undefined;
  /** Crossing the limit announces a failure; otherwise it only says that the disk is old. */
  readonly prefailure: boolean;
}

const COPY_FIRST = 'Save what matters from it now, and use it for nothing else.';
const REPLACE = 'Save what matters from it soon, and replace it.';

/** The attributes whose raw value counts the same thing on all disks that have it, and what that means. */
const MEANINGS: readonly {
  readonly id: number;
  /** Some makers use the number for something else. */
  readonly name: RegExp;
  readonly reason: (count: number) => HealthReason;
}[] = [
  {
    id: 197,
    name: /pending/i,
    reason: (count) => ({
      code: 'pending-sectors',
      verdict: 'failing',
      message: `${plural(count, 'sector')} can not be read at present (pending): what is in them is lost or in danger.`,
      advice: COPY_FIRST,
    }),
  },
  {
    id: 198,
    name: /uncorrect/i,
    reason: (count) => ({
      code: 'uncorrectable-sectors',
      verdict: 'failing',
      message: `${plural(count, 'sector')} could not be read when the disk tested itself (uncorrectable).`,
      advice: COPY_FIRST,
    }),
  },
  {
    id: 184,
    name: /end-to-end/i,
    reason: (count) => ({
      code: 'end-to-end-errors',
      verdict: 'failing',
      message: `The disk has spoilt data on its way through its own electronics ${plural(count, 'time')}.`,
      advice: COPY_FIRST,
    }),
  },
  {
    id: 5,
    name: /realloc|retired/i,
    reason: (count) => ({
      code: 'reallocated-sectors',
      verdict: 'worn',
      message: `${plural(count, 'bad sector has', 'bad sectors have')} been replaced by spare ones (reallocated).`,
      advice: REPLACE,
    }),
  },
  {
    id: 187,
    name: /uncorrect/i,
    reason: (count) => ({
      code: 'reported-uncorrectable',
      verdict: 'worn',
      message: `The disk had to report ${plural(count, 'time')} that it could not read something.`,
      advice: REPLACE,
    }),
  },
  {
    id: 10,
    name: /spin_?retry/i,
    reason: (count) => ({
      code: 'spin-retries',
      verdict: 'worn',
      message: `The disk needed ${plural(count, 'more attempt')} to get up to speed.`,
      advice: 'Leave it running until all is saved: it may not start again.',
    }),
  },
  {
    id: 199,
    name: /crc/i,
    reason: (count) => ({
      code: 'cable-errors',
      verdict: 'good',
      message: `${plural(count, 'transfer')} went wrong between disk and computer (CRC): a matter of the cable, not of the disk.`,
      advice: 'If the number grows, replace the cable or use another port.',
    }),
  },
];

/** The attributes, as `smartctl --json` lists them under `ata_smart_attributes.table`. */
function attributes(json: unknown): Attribute[] {
  return listAt(json, 'ata_smart_attributes', 'table').flatMap((one) => {
    const id = numberAt(one, 'id');
    const name = textAt(one, 'name');
    const text = textAt(one, 'raw', 'string');
    // Makers pack several numbers into one raw value; smartctl's text begins with the one that counts.
    const value = Number(/^\d+/.exec(text ?? '')?.[0] ?? numberAt(one, 'raw', 'value'));
    if (id === undefined || name === undefined || !Number.isSafeInteger(value)) return [];
    const failed = textAt(one, 'when_failed');
    return [
      {
        id,
        name,
        value,
        ...(text !== undefined && text !== String(value) && { text }),
        failed: failed === 'now' || failed === 'past' ? failed : undefined,
        prefailure: flagAt(one, 'flags', 'prefailure') ?? false,
      },
    ];
  });
}

export function ataFigures(json: unknown): HealthFigure[] {
  return attributes(json).map(({ id, name, value, text }) => ({
    name,
    id,
    value,
    ...(text !== undefined && { text }),
  }));
}

export function ataReasons(json: unknown): HealthReason[] {
  const found = attributes(json);
  const counted = MEANINGS.flatMap(({ id, name, reason }) => {
    const one = found.find((attribute) => attribute.id === id && name.test(attribute.name));
    return one !== undefined && one.value > 0 ? [reason(one.value)] : [];
  });
  return [...counted, ...found.flatMap(crossedLimit), ...errorLog(json), ...selfTests(json)];
}

function crossedLimit({ name, failed, prefailure }: Attribute): HealthReason[] {
  if (failed === undefined) return [];
  if (failed === 'now' && prefailure) {
    return [
      {
        code: 'attribute-failing',
        verdict: 'failing',
        message: `${name} is beyond the limit that the maker set: the disk expects to fail soon.`,
        advice: COPY_FIRST,
      },
    ];
  }
  const when = failed === 'now' ? 'is' : 'was once';
  return [
    {
      code: 'attribute-worn',
      verdict: 'worn',
      message: `${name} ${when} beyond the limit that the maker set.`,
      advice: REPLACE,
    },
  ];
}

/** UNC in a logged error means that sectors could not be read; other errors may be refused commands. */
function errorLog(json: unknown): HealthReason[] {
  const errors = listAt(json, 'ata_smart_error_log', 'summary', 'table');
  const unreadable = errors.filter((one) => /\bUNC\b/.test(textAt(one, 'error_description') ?? ''));
  if (unreadable.length === 0) return [];
  return [
    {
      code: 'read-errors-logged',
      verdict: 'worn',
      message: `Among the last errors that the disk has noted, ${unreadable.length} ${unreadable.length === 1 ? 'is' : 'are'} about sectors that it could not read.`,
      advice: REPLACE,
    },
  ];
}

/** The newest test stands first; tests that were broken off say neither good nor bad. */
function selfTests(json: unknown): HealthReason[] {
  const tests = listAt(json, 'ata_smart_self_test_log', 'standard', 'table');
  const finished = tests.filter((one) => flagAt(one, 'status', 'passed') !== undefined);
  const [newest] = finished;
  if (newest !== undefined && flagAt(newest, 'status', 'passed') === false) {
    const lba = numberAt(newest, 'lba');
    const place = lba === undefined ? '' : ` at sector ${lba}`;
    return [
      {
        code: 'self-test-failed',
        verdict: 'failing',
        message: `The last test that the disk made of itself failed${place}: ${textAt(newest, 'status', 'string') ?? 'no reason given'}.`,
        advice: COPY_FIRST,
      },
    ];
  }
  if (!finished.some((one) => flagAt(one, 'status', 'passed') === false)) return [];
  return [
    {
      code: 'self-test-failed-before',
      verdict: 'worn',
      message: 'An earlier test that the disk made of itself failed; the last one did not.',
      advice: REPLACE,
    },
  ];
}
