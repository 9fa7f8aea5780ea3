import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DONE } from '../../src/block/outcome.ts';
import { BlockMap } from '../../src/rescue/block-map.ts';
import type { RescueResult } from '../../src/rescue/events.ts';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import type { RescueOptions } from '../../src/rescue/rescue-ports.ts';
import { seededRandom } from '../support/random.ts';
import {
  badStretches,
  SimulatedDisk,
  type SimulatedFaults,
  SimulatedTarget,
} from '../support/simulated-disk.ts';

const MIB = 1 << 20;
const OLD = 0xee;

const OPTIONS: RescueOptions = {
  fill: 'marker',
  allSectors: false,
  retries: 0,
  targetHasOldContent: true,
  mapComments: [],
  earlierComments: [],
};

interface Setup {
  readonly image: Uint8Array;
  readonly faults: SimulatedFaults;
  readonly target?: SimulatedTarget;
  readonly map?: BlockMap;
  readonly options?: Partial<RescueOptions>;
  readonly sectorBytes?: number;
  readonly physicalSectorBytes?: number;
  readonly onSave?: (text: string, target: SimulatedTarget) => void;
  readonly prepare?: (rescue: Rescue, disk: SimulatedDisk) => void;
}

interface Run {
  readonly result: RescueResult;
  readonly disk: SimulatedDisk;
  readonly target: SimulatedTarget;
  readonly savedMap: string;
}

async function run(setup: Setup): Promise<Run> {
  const sectorBytes = setup.sectorBytes ?? 512;
  const disk = new SimulatedDisk(
    setup.image,
    setup.faults,
    sectorBytes,
    setup.physicalSectorBytes ?? sectorBytes,
  );
  const target = setup.target ?? new SimulatedTarget(setup.image.length, OLD);
  let savedMap = '';
  let time = 0;
  const rescue = new Rescue(
    {
      source: disk,
      target,
      // Time passes with every look at the clock, so that the map is saved often.
      clock: {
        now: () => (time += 4),
        sleep: async (milliseconds) => {
          time += milliseconds;
        },
      },
      saveMap: async (text) => {
        savedMap = text;
        setup.onSave?.(text, target);
      },
      emit: () => undefined,
      tryHopeless: async () => true,
    },
    { ...OPTIONS, ...setup.options },
    setup.map,
  );
  setup.prepare?.(rescue, disk);
  return { result: await rescue.run(), disk, target, savedMap };
}

function expectedCopy(image: Uint8Array, isBad: (sector: number) => boolean, sectorBytes = 512): Uint8Array {
  const copy = image.slice();
  const word = new TextEncoder().encode('BadSectoR\0');
  for (let sector = 0; sector * sectorBytes < image.length; sector++) {
    if (!isBad(sector)) continue;
    const end = Math.min(image.length, (sector + 1) * sectorBytes);
    copy.fill(0x3f, sector * sectorBytes, end);
    copy.set(word.subarray(0, end - sector * sectorBytes), sector * sectorBytes);
  }
  return copy;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

test('seeded damage of every shape: each readable sector is saved, each other one marked', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = seededRandom(seed);
    const size = 4 * MIB + random.integer(8) * 512 + (seed % 5 === 0 ? 100 : 0);
    const image = random.fill(new Uint8Array(size));
    const sectors = Math.ceil(size / 512);
    const bad = new Set<number>();
    for (let n = random.integer(20); n > 0; n--) bad.add(random.integer(sectors));
    for (let n = random.integer(3); n > 0; n--) {
      const start = random.integer(sectors);
      for (let i = random.integer(600); i > 0; i--) bad.add(Math.min(sectors - 1, start + i));
    }
    const stretches = [...bad].map((sector) => [sector * 512, 512] as const);
    const { result, target, disk, savedMap } = await run({ image, faults: badStretches(stretches) });
    assert.equal(result.interruption, undefined);
    assert.ok(
      same(
        target.bytes,
        expectedCopy(image, (sector) => bad.has(sector)),
      ),
      `seed ${seed}`,
    );
    assert.ok(same(target.stable, target.bytes), 'everything is on stable storage at the end');
    const { map } = parseMapfile(savedMap, size);
    for (let sector = 0; sector < sectors; sector++) {
      assert.equal(map.statusAt(sector * 512), bad.has(sector) ? '-' : '+', `seed ${seed}, sector ${sector}`);
    }
    assert.equal(result.failedReads, disk.failedReads);
  }
});

test('a lone bad sector costs two failing reads, and no more than one each in the same area', async () => {
  const image = new Uint8Array(16 * MIB);
  const sectors = [3000, 9001, 20_000, 30_001];
  const { disk } = await run({ image, faults: badStretches(sectors.map((s) => [s * 512, 512])) });
  assert.equal(disk.failedReads, 2 * sectors.length);
});

test('physical sectors of 4096 bytes are never read in pieces', async () => {
  const image = seededRandom(3).fill(new Uint8Array(8 * MIB));
  const units = [100, 101, 102, 900];
  const { disk, target, result } = await run({
    image,
    faults: badStretches(units.map((unit) => [unit * 4096, 4096])),
    physicalSectorBytes: 4096,
  });
  assert.ok(disk.requests.every(({ start, end }) => start % 4096 === 0 && end % 4096 === 0));
  assert.ok(
    same(
      target.bytes,
      expectedCopy(image, (sector) => units.includes(sector >> 3)),
    ),
  );
  assert.equal(result.badBytes, 4 * 4096);
});

test('a saved map never claims what is not on stable storage, and every stop can be continued', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = seededRandom(seed);
    const image = random.fill(new Uint8Array(6 * MIB));
    const bad = Array.from({ length: 15 }, () => random.integer(image.length / 512));
    const faults = badStretches(bad.map((sector) => [sector * 512, 512]));
    const target = new SimulatedTarget(image.length, OLD);
    const onSave = (text: string): void => {
      const { map } = parseMapfile(text, image.length);
      for (const { start, end } of map.bytesWith('+')) {
        assert.ok(
          same(target.stable.subarray(start, end), image.subarray(start, end)),
          'finished means stable',
        );
      }
    };
    let map = new BlockMap(image.length);
    for (let stops = 0; ; stops++) {
      let left = 1 + random.integer(20);
      let planned = false;
      const { result, savedMap } = await run({
        image,
        faults,
        target,
        map,
        onSave,
        prepare: (rescue, disk) => {
          disk.gone = () => {
            planned = rescue.plan !== undefined;
            if (stops < 6 && left-- === 0) rescue.stop();
            return false;
          };
        },
      });
      // Before there is a plan nobody knows what is free: nothing is marked then, and that is said.
      assert.equal(result.unmarkedBytes > 0, !planned);
      for (const run of parseMapfile(savedMap, image.length).map.runs()) {
        if (run.status === '+' || !planned) continue;
        assert.equal(
          target.bytes.subarray(run.start, run.end).includes(OLD),
          false,
          'no old content is left',
        );
      }
      map = parseMapfile(savedMap, image.length).map;
      if (!result.interruption) break;
      assert.equal(result.interruption.kind, 'stopped');
    }
    assert.ok(
      same(
        target.bytes,
        expectedCopy(image, (sector) => bad.includes(sector)),
      ),
    );
  }
});

test('a read that never returns does not hold up a stop', async () => {
  const image = new Uint8Array(4 * MIB);
  const { result, savedMap } = await run({
    image,
    faults: badStretches([]),
    prepare: (rescue, disk) => {
      const read = disk.read.bind(disk);
      let count = 0;
      disk.read = (offset, length, into) => {
        if (++count < 3) return read(offset, length, into);
        setImmediate(() => rescue.stop());
        return new Promise(() => undefined);
      };
    },
  });
  assert.equal(result.interruption?.kind, 'stopped');
  assert.ok(parseMapfile(savedMap, image.length).map.bytesWith('?').totalBytes > 0);
});

test('a disk that vanishes ends the run, and nothing is called bad for it', async () => {
  const image = new Uint8Array(4 * MIB);
  const { result, savedMap } = await run({
    image,
    faults: badStretches([]),
    prepare: (_, disk) => {
      disk.gone = () => disk.requests.length > 2;
    },
  });
  assert.equal(result.interruption?.kind, 'source-gone');
  const { map } = parseMapfile(savedMap, image.length);
  assert.ok(map.bytesWith('*', '/', '-').isEmpty);
  assert.ok(!map.bytesWith('?').isEmpty);
});

test('a disk that is dead from the start of a resumed run is waited for, and nothing is called bad for it', async () => {
  const image = seededRandom(12).fill(new Uint8Array(4 * MIB));
  const half = image.length / 2;
  const target = new SimulatedTarget(image.length, OLD);
  await target.write(0, image.subarray(0, half));
  await target.flush();
  const map = new BlockMap(image.length);
  map.set(0, half, '+');
  let asked = 0;
  const { result, savedMap } = await run({ image, target, map, faults: { fails: () => asked++ < 40 } });
  assert.equal(result.interruption, undefined);
  assert.equal(result.badBytes, 0);
  assert.equal(parseMapfile(savedMap, image.length).map.bytesWith('+').totalBytes, image.length);
  assert.ok(same(target.stable, image));
});

test('a map of 512-byte sectors goes on where the same disk shows sectors of 4096 bytes', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = seededRandom(seed);
    const image = random.fill(new Uint8Array(2 * MIB));
    const target = new SimulatedTarget(image.length, OLD);
    const map = new BlockMap(image.length);
    const saved = new Set<number>();
    for (let at = 0; at < image.length; ) {
      const end = Math.min(image.length, at + 512 * (1 + random.integer(40)));
      const status = (['+', '+', '?', '*', '/', '-'] as const)[random.integer(6)] ?? '?';
      map.set(at, end, status);
      if (status === '+') {
        await target.write(at, image.subarray(at, end));
        for (let sector = at / 512; sector < end / 512; sector++) saved.add(sector);
      }
      at = end;
    }
    await target.flush();
    const bad = new Set(Array.from({ length: 5 }, () => random.integer(image.length / 4096)));
    const { result } = await run({
      image,
      target,
      map,
      sectorBytes: 4096,
      faults: badStretches([...bad].map((sector) => [sector * 4096, 4096] as const)),
      options: { retries: 1 },
    });
    assert.equal(result.interruption, undefined, `seed ${seed}`);
    for (let sector = 0; sector < image.length / 512; sector++) {
      const isSaved = saved.has(sector) || !bad.has(Math.floor(sector / 8));
      const [start, end] = [sector * 512, (sector + 1) * 512];
      assert.equal(map.statusAt(start), isSaved ? '+' : '-', `seed ${seed}, sector ${sector}`);
      if (isSaved) assert.ok(same(target.stable.subarray(start, end), image.subarray(start, end)));
    }
  }
});

test('a target that fails to write or to flush is never a success, and the map stays true', async () => {
  const image = seededRandom(5).fill(new Uint8Array(8 * MIB));
  for (const [kind, errno] of [
    ['target-full', 'ENOSPC'],
    ['target-failed', 'EIO'],
  ] as const) {
    for (const where of ['onWrite', 'onFlush'] as const) {
      const target = new SimulatedTarget(image.length, OLD);
      let calls = 0;
      target[where] = () => (++calls > 1 ? { kind: 'bad', errno } : DONE);
      const { result, savedMap } = await run({ image, faults: badStretches([]), target });
      assert.equal(result.interruption?.kind, kind, `${where} ${errno}`);
      for (const { start, end } of parseMapfile(savedMap, image.length).map.bytesWith('+')) {
        assert.ok(same(target.stable.subarray(start, end), image.subarray(start, end)));
      }
    }
  }
});

test('sectors that heal are found by retrying, from both directions', async () => {
  const image = seededRandom(9).fill(new Uint8Array(4 * MIB));
  const tries = new Map<number, number>();
  const weak = new Set([100, 2000, 5000]);
  const faults: SimulatedFaults = {
    fails: (start, end) => {
      let failed = false;
      for (const sector of weak) {
        if (sector * 512 >= end || start >= (sector + 1) * 512) continue;
        tries.set(sector, (tries.get(sector) ?? 0) + 1);
        if ((tries.get(sector) ?? 0) < 4) failed = true;
      }
      return failed;
    },
  };
  const { result, target } = await run({ image, faults, options: { retries: 3 } });
  assert.equal(result.badBytes, 0);
  assert.ok(same(target.bytes, image));
});

test('--fill zero and keep', async () => {
  const image = new Uint8Array(MIB).fill(0x55);
  const faults = badStretches([[512 * 77, 512]]);
  for (const [fill, byte] of [
    ['zero', 0],
    ['keep', OLD],
  ] as const) {
    const { target } = await run({ image, faults, options: { fill } });
    assert.ok(
      target.bytes.subarray(512 * 77, 512 * 78).every((value) => value === byte),
      fill,
    );
  }
});

test('a stop in the midst of a request that is saved in pieces: markers never race data', async () => {
  const image = seededRandom(13).fill(new Uint8Array(2 * MIB));
  for (let stopAt = 1; stopAt <= 60; stopAt += 3) {
    const map = new BlockMap(image.length);
    const target = new SimulatedTarget(image.length, OLD);
    // Every other 4 KiB is finished, so that a request over them is written in many pieces.
    for (let at = 0; at < image.length; at += 8192) {
      map.set(at, at + 4096, '+');
      target.bytes.set(image.subarray(at, at + 4096), at);
    }
    let writes = 0;
    let stop: () => void = () => undefined;
    const write = target.write.bind(target);
    target.write = async (offset, data) => {
      if (++writes === stopAt) stop();
      const copy = data.slice();
      await new Promise((resolve) => setImmediate(resolve));
      return write(offset, copy);
    };
    const { savedMap, result } = await run({
      image,
      faults: badStretches([]),
      target,
      map,
      prepare: (rescue) => {
        stop = () => rescue.stop();
      },
    });
    assert.equal(result.interruption?.kind, 'stopped');
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { start, end } of parseMapfile(savedMap, image.length).map.bytesWith('+')) {
      assert.ok(
        same(target.stable.subarray(start, end), image.subarray(start, end)),
        `stop ${stopAt}: ${start}`,
      );
    }
    if (result.unmarkedBytes === 0) {
      for (const { start, end } of parseMapfile(savedMap, image.length).map.bytesWith('?')) {
        const text = Buffer.from(target.bytes.subarray(start, start + 9)).toString('latin1');
        assert.equal(text, 'BadSectoR', `stop ${stopAt}: ${start}..${end} is neither saved nor marked`);
      }
    }
  }
});
