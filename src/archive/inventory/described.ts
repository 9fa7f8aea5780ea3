/** What a line of an inventory says: an object, or a further name of one. */
export type Described = DescribedObject | DescribedName;

interface Named {
  /** Number of the object's record on the volume: the same for all names of one object. */
  readonly id: number;
  /** Names joined by `/`; empty for the root. Lone surrogates stay as they are. */
  readonly path: string;
  /** Its 8.3 name, where it has one beside this name. */
  readonly dosName?: string;
}

/** A further name (hard link) of an object that was described before. */
export interface DescribedName extends Named {
  readonly kind: 'name';
}

/** All that is compared of a file or folder, and all that is put back. */
export interface DescribedObject extends Named {
  readonly kind: 'file' | 'folder';
  /** Ticks of 100 ns since 1601, as 16 hexadecimal digits: created, modified, record changed, accessed. */
  readonly times: readonly [string, string, string, string] | undefined;
  /** DOS attributes. */
  readonly attributes: number;
  /** Maximum versions, version, class: all zero nearly everywhere, and then left out. */
  readonly versions?: readonly [number, number, number];
  /** SHA-1 of its security descriptor in canonical form; undefined when it cannot be read. */
  readonly security: string | undefined;
  readonly streams: readonly DescribedStream[];
  /** Base64. */
  readonly reparse?: string;
  readonly extended?: string;
  readonly objectId?: string;
  readonly encryption?: string;
  /** Attributes that nothing keeps, by name. */
  readonly others?: readonly string[];
  /** Why this may not be all that the object was, one clause. */
  readonly problem?: string;
}

/** A stream of an object, its own content included. */
export interface DescribedStream {
  /** Empty for the object's own content. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly compressed: boolean;
  readonly sparse: boolean;
  readonly encrypted: boolean;
  /** MD5 of the content, 32 hexadecimal digits; of encrypted content as it is stored. Undefined when not known. */
  readonly sum?: string;
  /** Number of the content in the side file that holds it. */
  readonly content?: number;
  /** Of compressed content: bytes of its clusters. */
  readonly clusterBytes?: number;
  /** Of sparse content: stretches that are stored, as `[start, end]` in whole clusters. */
  readonly stored?: readonly (readonly [number, number])[];
  /** Stretches that could not be read; they are zeros here. */
  readonly lost?: readonly (readonly [number, number])[];
}

/** Whether what stands in this object's place is not its own content. */
export const isReparse = (object: DescribedObject): boolean => object.reparse !== undefined;

/** The object's own content, which folders do not have. */
export const ownContent = (object: DescribedObject): DescribedStream | undefined =>
  object.streams.find(({ name }) => name === '');
