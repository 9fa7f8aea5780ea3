import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import type { Health, HealthVerdict } from '../../src/probe/health/health.ts';
import { judgeHealth } from '../../src/probe/health/judge.ts';
import { askHealth } from '../../src/probe/health/smartctl.ts';
import { scratch } from '../support/e2e-scratch.ts';
import {
  ataAnswer,
  attribute,
  nvmeAnswer,
  scsiAnswer,
  UNKNOWN_BRIDGE,
  VIRTUAL_DISK,
} from '../support/smart-answers.ts';

interface Case {
  readonly name: string;
  readonly answer: unknown;
  readonly verdict: HealthVerdict;
  /** The reasons, the worst first. */
  readonly codes: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a good disk with the raw values that look alarming',
    answer: ataAnswer([]),
    verdict: 'good',
    codes: [],
  },
  {
    name: 'zeros are no reason',
    answer: ataAnswer([
      attribute(5, 'Reallocated_Sector_Ct', 0),
      attribute(197, 'Current_Pending_Sector', 0),
    ]),
    verdict: 'good',
    codes: [],
  },
  {
    name: 'replaced sectors',
    answer: ataAnswer([attribute(5, 'Reallocated_Sector_Ct', 8, { prefailure: true })]),
    verdict: 'worn',
    codes: ['reallocated-sectors'],
  },
  {
    name: 'pending and uncorrectable sectors, although the disk says that it is well',
    answer: ataAnswer([
      attribute(5, 'Reallocated_Sector_Ct', 1984),
      attribute(197, 'Current_Pending_Sector', 312),
      attribute(198, 'Offline_Uncorrectable', 87),
    ]),
    verdict: 'failing',
    codes: ['pending-sectors', 'uncorrectable-sectors', 'reallocated-sectors'],
  },
  {
    name: 'transfer errors are the cable',
    answer: ataAnswer([attribute(199, 'UDMA_CRC_Error_Count', 441)]),
    verdict: 'good',
    codes: ['cable-errors'],
  },
  {
    name: 'a number that means something else on this disk is not judged',
    answer: ataAnswer([attribute(5, 'Vendor_Mystery', 99), attribute(184, 'Unknown_Attribute', 5)]),
    verdict: 'good',
    codes: [],
  },
  {
    name: 'its own verdict',
    answer: ataAnswer([attribute(5, 'Reallocated_Sector_Ct', 9, { failed: 'now', prefailure: true })], {
      passed: false,
    }),
    verdict: 'failing',
    codes: ['smart-failing', 'attribute-failing', 'reallocated-sectors'],
  },
  {
    name: 'an attribute that was beyond its limit once',
    answer: ataAnswer([attribute(190, 'Airflow_Temperature_Cel', 44, { failed: 'past' })]),
    verdict: 'worn',
    codes: ['attribute-worn'],
  },
  {
    name: 'unreadable sectors in the log of errors; refused commands do not count',
    answer: ataAnswer([], { errors: ['Error: ABRT', 'Error: UNC at LBA = 0x0e7b3a4f = 242956879'] }),
    verdict: 'worn',
    codes: ['read-errors-logged'],
  },
  {
    name: 'only refused commands',
    answer: ataAnswer([], { errors: ['Error: ABRT', 'Error: ICRC, ABRT at LBA = 0x00000000 = 0'] }),
    verdict: 'good',
    codes: [],
  },
  {
    name: 'the newest finished self-test failed',
    answer: ataAnswer([], { tests: [undefined, false, true] }),
    verdict: 'failing',
    codes: ['self-test-failed'],
  },
  {
    name: 'an older self-test failed',
    answer: ataAnswer([], { tests: [true, undefined, false] }),
    verdict: 'worn',
    codes: ['self-test-failed-before'],
  },
  { name: 'a good NVMe', answer: nvmeAnswer(), verdict: 'good', codes: [] },
  {
    name: 'an NVMe that has made itself read-only',
    answer: nvmeAnswer({ critical_warning: 0b1100, media_errors: 7 }, false),
    verdict: 'failing',
    codes: ['smart-failing', 'nvme-unreliable', 'nvme-read-only', 'media-errors'],
  },
  {
    name: 'an NVMe without spare memory',
    answer: nvmeAnswer({ available_spare: 4, percentage_used: 131 }),
    verdict: 'failing',
    codes: ['nvme-spare-low', 'worn-out'],
  },
  { name: 'a good SAS disk', answer: scsiAnswer(0, 0), verdict: 'good', codes: [] },
  {
    name: 'a worn SAS disk',
    answer: scsiAnswer(14, 2),
    verdict: 'worn',
    codes: ['grown-defects', 'uncorrected-reads'],
  },
  { name: 'a virtual disk', answer: VIRTUAL_DISK, verdict: 'unknown', codes: ['no-smart'] },
  { name: 'nonsense', answer: [null, 'x'], verdict: 'unknown', codes: ['no-smart'] },
];

describe('what smartctl says is put into words', () => {
  for (const { name, answer, verdict, codes } of CASES) {
    test(name, () => {
      const health = judgeHealth(answer, true);
      assert.deepEqual(
        { verdict: health.verdict, codes: health.reasons.map(({ code }) => code) },
        { verdict, codes },
      );
      for (const { message, advice } of health.reasons) {
        assert.match(message, /^[A-Z0-9].*\.$/);
        if (advice !== undefined) assert.match(advice, /^[A-Z].*\.$/);
      }
    });
  }

  test('every word for a reason is in the manual', async () => {
    const manual = await readFile('docs/probe.md', 'utf8');
    for (const code of CASES.flatMap(({ codes }) => codes)) assert.ok(manual.includes(`\`${code}\``), code);
  });

  test('figures, hours and temperature are taken over; packed numbers are cut to the one that counts', () => {
    const health = judgeHealth(ataAnswer([]), true);
    assert.equal(health.temperatureC, 39);
    assert.equal(health.powerOnHours, 41220);
    assert.equal(health.powerCycles, 1203);
    const heat = health.figures.find(({ id }) => id === 194);
    assert.deepEqual(heat, { name: 'Temperature_Celsius', id: 194, value: 39, text: '39 (Min/Max 14/56)' });
    assert.equal(judgeHealth(nvmeAnswer(), false).wearPercent, 3);
  });

  test('what is hot for a spinning disk is not for another', () => {
    const answer = { ...nvmeAnswer(), temperature: { current: 64 } };
    assert.deepEqual(
      [true, false].map((rotational) => judgeHealth(answer, rotational).reasons.map(({ code }) => code)),
      [['hot'], []],
    );
  });
});

describe('asking', () => {
  /** Runs `ask` with a smartctl that is this shell script. */
  async function withSmartctl(script: string, ask: () => Promise<Health>): Promise<Health> {
    await using place = await scratch();
    const program = place.path('smartctl');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${dirname(program)}:${before}`;
    try {
      return await ask();
    } finally {
      process.env.PATH = before;
    }
  }

  const disk = { kind: 'disk', path: '/dev/sdb', transport: 'usb', rotational: true } as const;
  const signal = new AbortController().signal;
  const print = (answer: unknown): string => `cat <<'END'\n${JSON.stringify(answer)}\nEND`;

  test('a bridge that smartctl does not know by name is asked in the standard way', async () => {
    const pending = ataAnswer([attribute(197, 'Current_Pending_Sector', 3)]);
    const script = `case "$*" in *"-d sat"*) ${print(pending)}\n;; *) ${print(UNKNOWN_BRIDGE)}\nexit 1;; esac`;
    const health = await withSmartctl(script, () => askHealth(disk, signal));
    assert.equal(health.verdict, 'failing');
  });

  test('a bridge that answers for itself only is unknown, not good', async () => {
    for (const answer of [scsiAnswer(0, 0), UNKNOWN_BRIDGE]) {
      const health = await withSmartctl(print(answer), () => askHealth(disk, signal));
      assert.equal(health.verdict, 'unknown');
      assert.equal(health.reasons[0]?.code, 'usb-bridge');
    }
  });

  test('a SAS disk that is not behind a bridge is believed', async () => {
    const sas = { ...disk, transport: 'sas' } as const;
    const health = await withSmartctl(print(scsiAnswer(0, 0)), () => askHealth(sas, signal));
    assert.equal(health.verdict, 'good');
  });

  test('a disk that does not answer is not asked a second time, and the asking ends', async () => {
    await using place = await scratch();
    const log = place.path('log');
    const health = await withSmartctl(`echo asked >> ${log}; exec sleep 600`, () =>
      askHealth(disk, signal, 700),
    );
    assert.equal(health.reasons[0]?.code, 'no-answer');
    assert.equal(await readFile(log, 'utf8'), 'asked\n');
  });

  test('without smartctl the reason says what to install', async () => {
    const before = process.env.PATH;
    process.env.PATH = '/nowhere';
    const health = await askHealth(disk, signal).finally(() => {
      process.env.PATH = before;
    });
    assert.match(health.reasons[0]?.advice ?? '', /smartmontools/);
  });
});
