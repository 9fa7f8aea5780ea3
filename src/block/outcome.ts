/**
 * What a request to a device came to. Faults are values: an unreadable sector is the daily business of this
 * program, so it is returned, never thrown.
 *
 * - `done`: every byte that was asked for was transferred.
 * - `bad`: the medium could not deliver (or take) the bytes; the device is still there. A failed request says
 *   nothing about which of its sectors is the bad one, unless the drive has named it: `namedBytes` is where its first
 *   unreadable sector begins, by the drive's own word.
 * - `gone`: the device itself has vanished or shrunk; nothing may be concluded about any sector.
 * - `broken`: the request was impossible (alignment, permission, no memory): a defect or a wrong set-up.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'bad'; readonly errno: string; readonly namedBytes?: number }
  | { readonly kind: 'gone'; readonly errno: string }
  | { readonly kind: 'broken'; readonly errno: string; readonly message: string };

/** The outcome of a request that transferred everything. */
export const DONE: Outcome = { kind: 'done' };
