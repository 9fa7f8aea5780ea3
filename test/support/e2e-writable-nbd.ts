import { createServer, type Server, type Socket } from 'node:net';
import { ByteReader } from '../../src/block/nbd/byte-reader.ts';

/** Error numbers of the NBD protocol. */
export const NBD_ERROR = { none: 0, EIO: 5, ENOSPC: 28 } as const;
type NbdError = (typeof NBD_ERROR)[keyof typeof NBD_ERROR];

/** A disk that can be written to. */
export interface WritableDisk {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, data: Buffer): Promise<NbdError>;
  flush(): Promise<NbdError>;
}

const GREETING = 'NBDMAGICIHAVEOPT';
const FIXED_NEWSTYLE_NO_ZEROES = 3;
const HAS_FLAGS_AND_SEND_FLUSH = 5;
const OPTION_GO = 7;
const OPTION_REPLY_MAGIC = 0x3e889045565a9n;
const REPLY = { ack: 1, info: 3, unsupported: 0x80000001 } as const;
const REQUEST_MAGIC = 0x25609513;
const REPLY_MAGIC = 0x67446698;
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3 } as const;
const EINVAL = 22;

/**
 * Serves a disk on a unix socket to nbdfuse: as much of the NBD protocol as that client speaks, with a cache that has to
 * be flushed. `diskNow` is asked once for each connection: what an old one still sends is for the disk that it knew.
 */
export function serveWritable(diskNow: () => WritableDisk, socketPath: string): Server {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    converse(diskNow(), socket).then(
      () => socket.end(),
      (error: Error) => socket.destroy(error),
    );
  });
  return server.listen(socketPath);
}

async function converse(disk: WritableDisk, socket: Socket): Promise<void> {
  const input = new ByteReader(socket);
  if (!(await greet(disk, socket, input))) return;
  for (;;) {
    const header = await input.take(28);
    if (header === undefined || header.readUInt32BE(0) !== REQUEST_MAGIC) return;
    const cookie = Buffer.from(header.subarray(8, 16));
    const offset = Number(header.readBigUInt64BE(16));
    const length = header.readUInt32BE(24);
    const answer = (error: number, data: Buffer = Buffer.alloc(0)): void => {
      const reply = Buffer.alloc(16);
      reply.writeUInt32BE(REPLY_MAGIC, 0);
      reply.writeUInt32BE(error, 4);
      cookie.copy(reply, 8);
      socket.write(Buffer.concat([reply, data]));
    };
    switch (header.readUInt16BE(6)) {
      case COMMAND.read:
        answer(NBD_ERROR.none, await disk.read(offset, length));
        break;
      case COMMAND.write: {
        const data = await input.take(length);
        if (data === undefined) return;
        answer(await disk.write(offset, data));
        break;
      }
      case COMMAND.flush:
        answer(await disk.flush());
        break;
      case COMMAND.disconnect:
        return;
      default:
        answer(EINVAL);
    }
  }
}

/** The handshake; true when the client has come to the transmission phase. */
async function greet(disk: WritableDisk, socket: Socket, input: ByteReader): Promise<boolean> {
  const greeting = Buffer.alloc(18);
  greeting.write(GREETING, 'latin1');
  greeting.writeUInt16BE(FIXED_NEWSTYLE_NO_ZEROES, 16);
  socket.write(greeting);
  if ((await input.take(4)) === undefined) return false;
  for (;;) {
    const header = await input.take(16);
    if (header === undefined) return false;
    const option = header.readUInt32BE(8);
    await input.take(header.readUInt32BE(12));
    const reply = (type: number, data: Buffer = Buffer.alloc(0)): void => {
      const head = Buffer.alloc(20);
      head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
      head.writeUInt32BE(option, 8);
      head.writeUInt32BE(type, 12);
      head.writeUInt32BE(data.length, 16);
      socket.write(Buffer.concat([head, data]));
    };
    if (option !== OPTION_GO) {
      reply(REPLY.unsupported);
      continue;
    }
    const info = Buffer.alloc(12);
    info.writeBigUInt64BE(BigInt(disk.sizeBytes), 2);
    info.writeUInt16BE(HAS_FLAGS_AND_SEND_FLUSH, 10);
    reply(REPLY.info, info);
    reply(REPLY.ack);
    return true;
  }
}
