/** Everything that is checked before a rescue may begin. */
export type { Refusal } from './refusal.ts';
export { checkSource } from './source-guard.ts';
export { checkTarget } from './target-guard.ts';
