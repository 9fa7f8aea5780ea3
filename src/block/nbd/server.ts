import { createServer, type Server, type Socket } from 'node:net';
import { ByteReader } from './byte-reader.ts';
import { type Export, shakeHands } from './handshake.ts';

/** The disk behind the protocol. */
export interface ServedDisk extends Export {
  /** Resolves to the bytes, or to undefined for an I/O error. */
  read(offset: number, length: number): Promise<Buffer | undefined>;
  /** Takes bytes, and resolves to whether it could; a disk without it is not written to. */
  write?(offset: number, bytes: Buffer): Promise<boolean>;
  /** Told of every attempt to write, trim or zero that is refused. */
  refuseWrite(offset: number, length: number): void;
}

const REQUEST_MAGIC = 0x25609513;
const REPLY_MAGIC = 0x67446698;
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const;
const ERROR = { none: 0, notPermitted: 1, io: 5, invalid: 22 } as const;
const LONGEST_READ = 64 * 2 ** 20;

/** Serves `disk` on a unix socket; every client's requests are answered one after the other. */
export function serveNbd(disk: ServedDisk, socketPath: string): Server {
  const server = createServer((socket) => {
    // A client that breaks off is an everyday event: it ends this connection and nothing else.
    socket.on('error', () => socket.destroy());
    converse(disk, socket).then(
      () => socket.end(),
      (error: unknown) => socket.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  return server.listen(socketPath);
}

async function converse(disk: ServedDisk, socket: Socket): Promise<void> {
  const input = new ByteReader(socket);
  if (!(await shakeHands(socket, input, disk))) return;
  for (;;) {
    const header = await input.take(28);
    if (header === undefined || header.readUInt32BE(0) !== REQUEST_MAGIC) return;
    const command = header.readUInt16BE(6);
    const cookie = Buffer.from(header.subarray(8, 16));
    const offset = Number(header.readBigUInt64BE(16));
    const length = header.readUInt32BE(24);
    switch (command) {
      case COMMAND.read: {
        if (offset + length > disk.sizeBytes || length > LONGEST_READ) {
          answer(socket, cookie, ERROR.invalid);
          break;
        }
        const bytes = await disk.read(offset, length);
        if (bytes === undefined) answer(socket, cookie, ERROR.io);
        else answer(socket, cookie, ERROR.none, bytes);
        break;
      }
      case COMMAND.write: {
        // The data has to be taken off the wire before the next request can be seen.
        const bytes = await input.take(length);
        if (bytes === undefined) return;
        if (disk.write !== undefined && offset + length <= disk.sizeBytes) {
          answer(socket, cookie, (await disk.write(offset, bytes)) ? ERROR.none : ERROR.io);
          break;
        }
        disk.refuseWrite(offset, length);
        answer(socket, cookie, ERROR.notPermitted);
        break;
      }
      case COMMAND.trim:
      case COMMAND.writeZeroes:
        disk.refuseWrite(offset, length);
        answer(socket, cookie, ERROR.notPermitted);
        break;
      case COMMAND.flush:
        answer(socket, cookie, ERROR.none);
        break;
      case COMMAND.disconnect:
        return;
      default:
        answer(socket, cookie, ERROR.invalid);
    }
  }
}

function answer(socket: Socket, cookie: Buffer, error: number, data?: Buffer): void {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(REPLY_MAGIC, 0);
  header.writeUInt32BE(error, 4);
  cookie.copy(header, 8);
  socket.cork();
  socket.write(header);
  if (data !== undefined) socket.write(data);
  socket.uncork();
}
