/** Time for the engine, so that tests can run it against simulated disks. */
export interface Clock {
  /** Milliseconds from any fixed moment; never goes back. */
  now(): number;
}
