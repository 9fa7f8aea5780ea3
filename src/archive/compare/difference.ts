/** What can be different; stable words for scripts. */
export type DifferenceKind =
  | 'missing'
  | 'extra'
  | 'type'
  | 'links'
  | 'dos-name'
  | 'times'
  | 'attributes'
  | 'versions'
  | 'security'
  | 'stream-missing'
  | 'stream-extra'
  | 'size'
  | 'content'
  | 'compression'
  | 'holes'
  | 'encryption'
  | 'reparse'
  | 'extended'
  | 'object-id'
  | 'other'
  | 'volume';

/** One thing that is not as it was. */
export interface Difference {
  readonly what: DifferenceKind;
  /** In the volume; empty for the root, and for the volume itself. */
  readonly path: string;
  /** The stream it is about, where it is about one; empty for the object's own content. */
  readonly stream?: string;
  /** In words for people. */
  readonly expected: string;
  readonly found: string;
}
