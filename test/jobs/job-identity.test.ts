import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, type JobEnd, recognise } from '../../src/jobs/job-identity.ts';

const DISK: JobEnd = {
  path: '/dev/sdb2',
  kind: 'block',
  sizeBytes: 500_107_862_016,
  model: 'WDC WD5000LPVX-22V0TT0',
  serial: 'WD-WX11A',
  partitionNumber: 2,
  partitionStartBytes: 105_906_176,
  volumeSerial: '4421B6B34210F0F5',
  attachment: 'boot-1 7',
};
const { serial: _serial, model: _model, attachment: _attachment, ...SILENT } = DISK;

const CASES: readonly (readonly [what: string, found: JobEnd, fields: string[], is: string | undefined])[] = [
  ['itself', DISK, [], 'same'],
  ['another name', { ...DISK, path: '/dev/sdz2' }, [], 'same'],
  ['after a new start', { ...DISK, attachment: 'boot-2 3' }, [], 'same'],
  ['a model that is cut', { ...DISK, model: 'WDC WD5000LPVX-2' }, [], 'same'],
  ['another serial number', { ...DISK, serial: 'WD-WX11B' }, ['serial number'], undefined],
  ['another partition of it', { ...DISK, partitionStartBytes: 1 }, ['start of the partition'], undefined],
  ['another size', { ...DISK, sizeBytes: 512 }, ['size'], undefined],
  ['another volume', { ...DISK, volumeSerial: '0' }, ['volume serial number'], undefined],
  ['no serial number', SILENT, [], 'alike'],
  ['no serial number, another model', { ...SILENT, model: 'other' }, ['model'], undefined],
  ['the same attachment of it', { ...SILENT, attachment: 'boot-1 7' }, [], 'same'],
  ['a file', { path: '/x', kind: 'file', sizeBytes: DISK.sizeBytes }, ['kind'], undefined],
];

for (const [what, found, fields, is] of CASES) {
  test(`${what}: ${is ?? 'another'}`, () => {
    assert.deepEqual(
      differences(DISK, found).map(({ field }) => field),
      fields,
    );
    assert.equal(recognise(DISK, found), is);
  });
}

test('a whole disk is none of its partitions', () => {
  const { partitionNumber: _number, partitionStartBytes: _start, ...whole } = DISK;
  assert.deepEqual(differences(DISK, whole), [
    { field: 'start of the partition', recorded: 'byte 105906176', found: 'none' },
  ]);
});
