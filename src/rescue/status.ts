/**
 * What is known of a sector, in the letters of GNU ddrescue's mapfile. A sector only ever moves to the right,
 * or straight to `+`.
 *
 * - `?` non-tried: not read yet
 * - `*` non-trimmed: a larger read over it failed
 * - `/` non-scraped: inside an area whose edges are known, not tried alone yet
 * - `-` bad: it was tried alone and could not be read
 * - `+` finished: its bytes are in the target
 */
export type Status = '?' | '*' | '/' | '-' | '+';

/** All statuses, in the order in which a sector meets them. */
export const STATUSES: readonly Status[] = ['?', '*', '/', '-', '+'];
