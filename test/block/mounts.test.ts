import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountOf, parseMounts } from '../../src/block/mounts.ts';

const TEXT = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 27 8:17 / /media/My\\040Disk ro,nosuid shared:7 master:2 - fuseblk /dev/sdb1 rw,user_id=0
31 27 8:33 / /media ro - ext4 /dev/sdc1 ro
32 27 0:40 /home /home rw - btrfs /dev/sdd1 rw,subvol=/home
33 27 0:41 / /home rw - tmpfs none rw
broken line
`;
const mounts = parseMounts(TEXT);

test('mountinfo is parsed: escapes, optional fields, and the state of the filesystem itself', () => {
  assert.equal(mounts.length, 6);
  assert.deepEqual(mounts[2], {
    majorMinor: '8:17',
    mountPoint: '/media/My Disk',
    fileSystem: 'fuseblk',
    source: '/dev/sdb1',
    readOnly: false,
    options: ['rw', 'user_id=0'],
  });
  assert.equal(mounts[3]?.readOnly, true);
});

test('the mount of a path is the longest whose device fits', () => {
  assert.equal(mountOf('/etc/fstab', '8:1', mounts)?.mountPoint, '/');
  assert.equal(mountOf('/media/My Disk/x', '8:17', mounts)?.fileSystem, 'fuseblk');
  // A later mount over /media hides the one below it: the device number tells.
  assert.equal(mountOf('/media/My Disk/x', '8:33', mounts)?.mountPoint, '/media');
  assert.equal(mountOf('/mediator', '8:1', mounts)?.mountPoint, '/');
});

test('a device number that mountinfo does not know leaves the path to decide, the later mount on top', () => {
  assert.equal(mountOf('/home/me/x', '0:99', mounts)?.fileSystem, 'tmpfs');
});
