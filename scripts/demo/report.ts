/** As much of lifeboat's report as the demo reads. */
interface Report {
  readonly damage?: {
    readonly files: readonly {
      readonly path: string;
      readonly otherPaths: readonly string[];
      readonly kind: 'file' | 'directory' | 'system';
    }[];
  };
}

/**
 * The damaged files of which the report says nothing. A file is told of by its name, or by that of a folder above
 * it: where a sector of a folder is lost its files cannot be opened by name, though nothing of them is lost.
 */
export function untoldFiles(damaged: readonly string[], report: string): string[] {
  const holders = (JSON.parse(report) as Report).damage?.files ?? [];
  const files = new Set(holders.flatMap(({ path, otherPaths }) => [path, ...otherPaths]));
  const folders = holders.filter(({ kind }) => kind === 'directory').map(({ path }) => `${path}/`);
  return damaged.filter((path) => {
    const [file = path] = path.split(':');
    return !files.has(file) && !folders.some((folder) => path.startsWith(folder));
  });
}
