import { createInterface } from 'node:readline';
import { DriveKeeper } from '../jobs/drive/keeper.ts';
import type { KeeperOrder, KeeperWord } from '../jobs/drive/keeper-messages.ts';
import { EXIT } from './exit-codes.ts';

/**
 * The body of a process that keeps a drive mounted: orders come in as lines on standard input, answers go out on
 * standard output. The end of standard input means that nobody wants the drive any more, however that came about.
 */
export async function driveKeeperCommand(): Promise<number> {
  // Only the end of its input ends it, in good order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGTSTP'] as const)
    process.on(signal, () => undefined);
  process.stdout.on('error', () => undefined);
  const keeper = new DriveKeeper((word: KeeperWord) => {
    if (!process.stdout.destroyed) process.stdout.write(`${JSON.stringify(word)}\n`);
  });
  for await (const line of createInterface({ input: process.stdin })) {
    await keeper.obey(JSON.parse(line) as KeeperOrder);
  }
  await keeper.finish();
  return EXIT.saved;
}
