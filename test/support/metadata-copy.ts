import {
  cloneMetadata,
  type MetadataRequest,
  type MetadataResult,
} from '../../src/clone/metadata/clone-metadata.ts';
import { SILENT } from './silent-listener.ts';
import { run } from './tools.ts';

/** How a metadata copy is made; the words are those of ntfsclone. */
export interface CopyMode {
  readonly form: 'raw' | 'image';
  readonly keepTimes?: boolean;
  readonly fullLog?: boolean;
  readonly strict?: boolean;
  readonly ignoreFsCheck?: boolean;
  readonly newSerial?: 'full';
}

/** Makes a metadata copy with our own code, in this process. */
export function ourCopy(source: string, output: string, mode: CopyMode): Promise<MetadataResult> {
  const request: MetadataRequest = {
    source,
    output,
    overwrite: true,
    keepTimes: false,
    fullLog: false,
    strict: false,
    ignoreFsCheck: false,
    rescue: false,
    force: true,
    ...mode,
  };
  return cloneMetadata(request, SILENT, new AbortController().signal);
}

/** The words for ntfsclone. */
export function wordsOf(mode: CopyMode): string[] {
  return [
    '-q',
    '-f',
    '-m',
    ...(mode.form === 'image' ? ['-s'] : []),
    ...(mode.keepTimes ? ['-t'] : []),
    ...(mode.fullLog ? ['--full-logfile'] : []),
    ...(mode.ignoreFsCheck ? ['--ignore-fs-check'] : []),
  ];
}

/** Makes a metadata copy with the real ntfsclone; its exit code. */
export async function realCopy(source: string, output: string, mode: CopyMode): Promise<number> {
  return (await run('ntfsclone', [...wordsOf(mode), '-O', output, source])).code;
}

/** Whether two files hold the same bytes. */
export async function sameBytes(one: string, other: string): Promise<boolean> {
  return (await run('cmp', ['-s', one, other])).code === 0;
}
