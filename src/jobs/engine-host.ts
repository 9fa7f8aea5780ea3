import type { JobEvent } from './job-events.ts';
import type { EngineCommand } from './job-spec.ts';

/** What the body of an engine process is given by its process. */
export interface EngineHost {
  readonly emit: (event: JobEvent) => void;
  /** Takes a command from somebody who watches the job. */
  readonly obey: (command: EngineCommand) => void;
  /** Resolves when the user has agreed to what the last question said. */
  readonly confirmed: () => Promise<void>;
  /** Resolves to the user's answer to whether hopeless areas shall be tried. */
  readonly hopelessAnswer: () => Promise<boolean>;
  /** Resolves to the user's answer to whether the target's partition table shall be made right. */
  readonly fixGptAnswer: () => Promise<boolean>;
  /** Calls the listener when the job shall stop, at once if that was asked for already. */
  readonly onStop: (listener: () => void) => void;
  /** Calls the listener with every wish to pause (true) or to go on (false). */
  readonly onPause: (listener: (pause: boolean) => void) => void;
  /** Calls the listener when even the marking of unread sectors shall end. */
  readonly onSkipMarking: (listener: () => void) => void;
}
