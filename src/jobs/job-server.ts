import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { lines } from '../text/lines.ts';
import type { JobEvent } from './job-events.ts';
import type { EngineCommand } from './job-spec.ts';
import { Recollection } from './recollection.ts';

/** A watcher that is so far behind is left: the rescue does not keep its past for it. */
const MOST_BEHIND_BYTES = 4 << 20;
/** From here on pictures of the progress are left out for a watcher, never anything else. */
const BEHIND_BYTES = 64 << 10;

/**
 * Lets any number of processes watch a running job: each gets where it stands, then every event, as lines of JSON, and
 * may send commands the same way. None of them can hold the job up, and the job goes on without them.
 */
export class JobServer {
  readonly path: string;
  readonly #server: Server;
  readonly #watchers = new Set<Socket>();
  readonly #past = new Recollection();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** Begins to listen at `path`, of which the caller knows that no other process listens there. Rejects when it cannot. */
  static async open(
    path: string,
    folder: string,
    obey: (command: EngineCommand) => void,
  ): Promise<JobServer> {
    await rm(path, { force: true });
    const server = createServer();
    const made = new JobServer(path, server);
    const hello: JobEvent = { event: 'attached', job: folder, pid: process.pid };
    server.on('connection', (socket) => made.#welcome(socket, hello, obey));
    server.listen(path);
    await once(server, 'listening');
    // Nobody to watch is no reason to stay.
    server.unref();
    return made;
  }

  /** Tells an event to all watchers, and to those who come later if it still counts then. */
  tell(event: JobEvent): void {
    this.#past.take(event);
    const line = `${JSON.stringify(event)}\n`;
    for (const socket of this.#watchers) {
      if (event.event === 'progress' && socket.writableLength > BEHIND_BYTES) continue;
      socket.write(line);
      if (socket.writableLength > MOST_BEHIND_BYTES) socket.destroy();
    }
  }

  /** Ends all connections when they have got everything, and listens no more. */
  async close(): Promise<void> {
    this.#server.close();
    const gone = [...this.#watchers].map((socket) => once(socket, 'close'));
    for (const socket of this.#watchers) socket.end();
    await Promise.all(gone);
    await rm(this.path, { force: true });
  }

  #welcome(socket: Socket, hello: JobEvent, obey: (command: EngineCommand) => void): void {
    this.#watchers.add(socket);
    socket.on('close', () => this.#watchers.delete(socket));
    // A watcher that dies in the midst of a line is gone, no more.
    socket.on('error', () => socket.destroy());
    for (const event of [hello, ...this.#past.events()]) socket.write(`${JSON.stringify(event)}\n`);
    void this.#listen(socket, obey);
  }

  async #listen(socket: Socket, obey: (command: EngineCommand) => void): Promise<void> {
    try {
      for await (const line of lines(socket)) {
        const command = JSON.parse(line) as EngineCommand;
        if (command.do === 'hopeless') this.#past.answered();
        obey(command);
      }
    } catch {
      // Whatever talks like this is no watcher of ours; the job has nothing to do with it.
      socket.destroy();
    }
  }
}
