import type { ClonePhase } from '../clone/clone-listener.ts';

const PHASES: Readonly<Record<ClonePhase, string>> = {
  scanning: 'Reading the list of files',
  accounting: 'Comparing it with $Bitmap',
  cloning: 'Copying',
  saving: 'Saving',
  restoring: 'Restoring',
  testing: 'Reading the image',
  syncing: 'Waiting for the last writes',
};

/** What a clone or an image is doing, in a few words. */
export const clonePhaseText = (phase: ClonePhase): string => PHASES[phase];
