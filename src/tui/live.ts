import type { LiveSystem } from '../jobs/live-system.ts';
import type { MachineKeys } from './dashboard.ts';
import { type Line, line, toned } from './frame/line.ts';
import type { Desk } from './view.ts';
import { KeyboardView } from './views/keyboard-view.ts';
import { LeaveView } from './views/leave-view.ts';
import { WORDS } from './words.ts';

/** Every disk is locked there, as long as new ones are seen, and work is kept on the stick, or only in memory. */
export function liveStatus(live: LiveSystem): Line {
  const kept = live.stick() !== undefined;
  const locks = live.locksDisks();
  return line(
    toned(locks ? 'good' : 'bad', locks ? WORDS.live.lock : WORDS.live.noLock),
    ' │ ',
    toned(kept ? 'good' : 'warn', kept ? WORDS.live.kept : WORDS.live.memory),
  );
}

/** There is nothing to leave to: the machine is switched off or restarted. */
export function liveQuit(live: LiveSystem): (desk: Desk) => void {
  return (desk) => desk.open(new LeaveView(live));
}

export function machineKeys(live: LiveSystem): MachineKeys {
  return {
    letters: (desk) => {
      void live.otherLetters().then((problem) => {
        if (problem !== undefined) desk.say(problem, 'warn');
      });
    },
    keyboard: (desk) => desk.open(new KeyboardView(live)),
  };
}
