/**
 * The folder with the programs `lock` and `unlock`, where a system keeps every disk read-only until a person has
 * confirmed it as a target; undefined elsewhere. There a read-only disk may be chosen, because it can be unlocked.
 */
export const writeLocks = (): string | undefined => process.env.LIFEBOAT_LOCKS || undefined;
