import { resolve } from 'node:path';
import { asLooked, refuseReplaced, refuseUnlike } from '../../block/agreed-device.ts';
import { type OpenTarget, openTargetDevice } from '../../block/target-device.ts';
import { ArchiveError, stoppedByUser } from '../archive-error.ts';
import { type Comparison, compare } from '../compare/compare.ts';
import { compareVolumeFacts } from '../compare/compare-volumes.ts';
import { expectedBySide } from '../compare/expected.ts';
import type { ArchivePorts, TroubleEvent } from '../events.ts';
import { type FsarchiverEnd, runFsarchiver } from '../fsarchiver/run-fsarchiver.ts';
import { mendVolume, patchVolume } from '../mend/mend-volume.ts';
import { openNtfsVolume } from '../open-volume.ts';
import { PhaseProgress } from '../progress.ts';
import type { SideFile } from '../side/side-reader.ts';
import { writeBootArea } from './boot-area.ts';
import type { CheckedArchive } from './check-archive.ts';
import type { CheckedTarget } from './check-targets.ts';
import type { RestoredFileSystem, RestoreRequest } from './restore-request.ts';
import { labelKey, setLabel } from './set-label.ts';

/** One file system on its way from the archive to its target, which everything was checked for. */
export class Restoring {
  readonly #request: RestoreRequest;
  readonly #archive: CheckedArchive;
  readonly #target: CheckedTarget;
  readonly #side: SideFile | undefined;
  readonly #ports: ArchivePorts;
  readonly #signal: AbortSignal;
  readonly #troubles: TroubleEvent[];

  constructor(
    request: RestoreRequest,
    archive: CheckedArchive,
    target: CheckedTarget,
    side: SideFile | undefined,
    ports: ArchivePorts,
    signal: AbortSignal,
    troubles: TroubleEvent[],
  ) {
    this.#request = request;
    this.#archive = archive;
    this.#target = target;
    this.#side = side;
    this.#ports = ports;
    this.#signal = signal;
    this.#troubles = troubles;
  }

  async run(): Promise<RestoredFileSystem> {
    const { fileSystem, facts, side: sideVolume } = this.#target;
    await this.#extract();
    const done = { fileSystem: fileSystem.id, device: facts.path, type: fileSystem.type };
    // It may have taken hours: a disk that was pulled meanwhile may have left its name to another one.
    await refuseReplaced(facts);
    if (fileSystem.type !== 'ntfs') {
      const problem = await setLabel(fileSystem.type, facts.realPath, fileSystem.label);
      if (problem !== undefined) this.#note('label', `The label could not be set: ${problem}.`);
      return { ...done, mended: false, comparison: undefined };
    }
    const side = sideVolume === undefined ? undefined : this.#side;
    const problems =
      side === undefined ? [] : await mendVolume(facts.path, side, fileSystem.id, this.#ports, this.#signal);
    await this.#finish();
    let comparison: Comparison | undefined;
    if (side !== undefined && sideVolume !== undefined && this.#request.compare) {
      comparison = await this.#compare(side);
    }
    // What could not be done is told where nothing shows it otherwise.
    for (const { path, stream, message } of comparison === undefined ? problems : []) {
      this.#trouble(path, stream, message);
    }
    return { ...done, mended: side !== undefined, comparison };
  }

  async #extract(): Promise<void> {
    const { fileSystem, facts, side, clusterBytes } = this.#target;
    const label = side?.label ?? fileSystem.label;
    const progress = new PhaseProgress(this.#ports, 'restoring', facts.path);
    const total = this.#archive.totals.storedBytes.get(fileSystem.id) ?? this.#archive.bytes;
    let isThrough = false;
    const isNtfs = fileSystem.type === 'ntfs';
    const sectorBytes = facts.logicalSectorBytes;
    const { password, threads } = this.#request;
    const end = await runFsarchiver({
      args: [
        ...['-v', '-j', String(threads)],
        ...(password === undefined ? [] : ['-c', '-']),
        ...['restfs', resolve(this.#request.archive)],
        `id=${fileSystem.id},dest=${facts.realPath}${labelKey(isNtfs ? 'lifeboat' : label)}`,
      ],
      ntfs: isNtfs
        ? {
            device: facts.realPath,
            sectorBytes,
            clusterBytes,
            partitionStart: Math.floor((facts.partitionStartBytes ?? 0) / sectorBytes),
            label,
          }
        : undefined,
      ...(password !== undefined && { password: { text: password, times: 1 as const } }),
      signal: this.#signal,
      onBytesRead: (bytes) => progress.update({ bytes, share: Math.min(0.999, bytes / Math.max(1, total)) }),
      onMessage: (message) => {
        if (message.kind === 'statistics') isThrough = true;
        if (message.kind === 'object') progress.update({ path: message.path.slice(1) });
        if (message.kind === 'error') this.#heard(message.text);
      },
    });
    if (end.wasStopped) throw stoppedByUser(`what is on ${facts.path} is incomplete and of no use.`);
    if (!isThrough || end.signal !== undefined) throw this.#failure(end);
  }

  /** Contents that are damaged in the archive; other complaints are about what the side file puts back. */
  #heard(text: string): void {
    const path = /^cannot restore file ([\s\S]*?), (?:file is corrupt|the data block)/.exec(text)?.[1];
    if (path !== undefined) this.#trouble(path.slice(1), undefined, 'its content is damaged in the archive');
  }

  #failure(end: FsarchiverEnd): ArchiveError {
    const { path } = this.#target.facts;
    if (end.complaints.some((text) => /no space left/i.test(text))) {
      return new ArchiveError(
        'failed',
        'no-space',
        `The target ${path} is full before everything is restored: it is of no use now.`,
        'Restore to a larger partition.',
      );
    }
    const how = end.signal === undefined ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
    const last = end.complaints.at(-1) ?? '';
    return new ArchiveError(
      'failed',
      'fsarchiver-failed',
      `FSArchiver did not come through (${how})${last === '' ? '' : `: ${last}`}`,
      `What is on ${path} is incomplete and of no use. Check the archive: lifeboat archive verify`,
    );
  }

  /** What is done past every driver, on the volume that is not mounted: the boot area, and marks in records. */
  async #finish(): Promise<void> {
    const { facts, side } = this.#target;
    const target: OpenTarget = await openTargetDevice(facts.path);
    try {
      refuseUnlike(asLooked(facts), target.facts);
      if (this.#side !== undefined && side !== undefined) {
        await patchVolume(target, this.#side, side, this.#signal);
      }
      const problem = await writeBootArea(target, side, facts.partitionStartBytes ?? 0);
      if (problem !== undefined) this.#note('boot-area', `The boot area of ${facts.path}: ${problem}.`);
      const flushed = await target.flush();
      if (flushed.kind !== 'done') {
        throw new ArchiveError(
          'failed',
          'target-failed',
          `The target ${facts.path} could not take all that was written.`,
          'Look whether it is healthy (lifeboat probe), and restore to another one.',
        );
      }
    } finally {
      await target.close();
    }
  }

  async #compare(side: SideFile): Promise<Comparison> {
    const { fileSystem, facts, side: sideVolume } = this.#target;
    const progress = new PhaseProgress(this.#ports, 'comparing', facts.path);
    const volume = await openNtfsVolume(facts.path);
    try {
      const tell = (difference: Parameters<Parameters<typeof compare>[3]>[0]): void =>
        this.#ports.emit({ event: 'difference', fileSystem: fileSystem.id, ...difference });
      let differences = 0;
      if (sideVolume !== undefined) {
        for (const difference of await compareVolumeFacts(sideVolume, volume)) {
          differences++;
          tell(difference);
        }
      }
      const comparison = await compare(
        expectedBySide(side, fileSystem.id, this.#signal),
        volume.inventory,
        {
          signal: this.#signal,
          contents: true,
          onProgress: (_objects, bytes, path) =>
            progress.update({ bytes, path, share: bytes / Math.max(1, fileSystem.usedBytes * 1.1) }),
        },
        tell,
      );
      return { ...comparison, differences: comparison.differences + differences };
    } finally {
      await volume.close();
    }
  }

  #trouble(path: string, stream: string | undefined, message: string): void {
    const event: TroubleEvent = {
      event: 'trouble',
      fileSystem: this.#target.fileSystem.id,
      path,
      ...(stream !== undefined && { stream }),
      trouble: 'not-restored',
      message,
    };
    this.#troubles.push(event);
    this.#ports.emit(event);
  }

  #note(code: string, message: string): void {
    this.#ports.emit({ event: 'note', code, message });
  }
}
