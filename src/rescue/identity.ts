/** Who a source is, as far as it can be told without reading it. Kept in a comment of the map. */
export interface SourceIdentity {
  readonly sizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** Where the partition begins on its disk; undefined for whole disks and files. */
  readonly partitionStartBytes: number | undefined;
}

const PREFIX = 'Source: ';

/** The comment line that carries the identity. */
export function identityComment(identity: SourceIdentity): string {
  return `${PREFIX}${JSON.stringify(identity)}`;
}

/** The identity among the comments of a map; undefined when there is none (a map of ddrescue's, or a cut one). */
export function identityFromComments(comments: readonly string[]): Partial<SourceIdentity> | undefined {
  for (const comment of comments) {
    if (!comment.startsWith(PREFIX)) continue;
    try {
      const value: unknown = JSON.parse(comment.slice(PREFIX.length));
      if (typeof value === 'object' && value !== null) return value;
    } catch (error) {
      // A comment that is no identity of ours is some other program's text.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/**
 * In what the source differs from the one that the map was made for, as a sentence; undefined when nothing that
 * both sides know contradicts.
 */
export function identityDifference(
  mapped: Partial<SourceIdentity>,
  found: SourceIdentity,
): string | undefined {
  if (mapped.sizeBytes !== undefined && mapped.sizeBytes !== found.sizeBytes) {
    return `its source had ${mapped.sizeBytes} bytes, this one has ${found.sizeBytes}`;
  }
  if (mapped.serial !== undefined && found.serial !== undefined && mapped.serial !== found.serial) {
    return `its source had the serial number ${mapped.serial}, this one has ${found.serial}`;
  }
  if (
    mapped.partitionStartBytes !== undefined &&
    found.partitionStartBytes !== undefined &&
    mapped.partitionStartBytes !== found.partitionStartBytes
  ) {
    return `its source began at byte ${mapped.partitionStartBytes} of the disk, this one at ${found.partitionStartBytes}`;
  }
  return undefined;
}
