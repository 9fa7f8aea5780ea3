import type { Socket } from 'node:net';
import type { ByteReader } from './byte-reader.ts';

/** What is told to a client before the first request. */
export interface Export {
  readonly sizeBytes: number;
  /** Not set: a client that writes is refused by its own side and its attempt is never seen here. */
  readonly readOnly: boolean;
}

const GREETING = 'NBDMAGICIHAVEOPT';
const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;
const OPTION = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;
const REPLY_MAGIC = 0x3e889045565a9n;
const REPLY = { ack: 1, server: 2, info: 3, unsupported: 0x80000001 } as const;
const INFO_EXPORT = 0;
const HAS_FLAGS = 1;
const READ_ONLY = 2;
const LONGEST_OPTION = 64 * 1024;

/**
 * The fixed newstyle handshake of the NBD protocol, from the server's side. Resolves to true when the client
 * has come to the transmission phase, to false when it left or does not speak the protocol.
 */
export async function shakeHands(socket: Socket, input: ByteReader, served: Export): Promise<boolean> {
  const greeting = Buffer.alloc(18);
  greeting.write(GREETING, 'latin1');
  greeting.writeUInt16BE(FIXED_NEWSTYLE | NO_ZEROES, 16);
  socket.write(greeting);
  const clientFlags = await input.take(4);
  if (clientFlags === undefined) return false;
  const noZeroes = (clientFlags.readUInt32BE() & NO_ZEROES) !== 0;

  for (;;) {
    const header = await input.take(16);
    if (header === undefined || header.toString('latin1', 0, 8) !== 'IHAVEOPT') return false;
    const option = header.readUInt32BE(8);
    const length = header.readUInt32BE(12);
    if (length > LONGEST_OPTION || (await input.take(length)) === undefined) return false;
    switch (option) {
      case OPTION.exportName:
        socket.write(Buffer.concat([describe(served), Buffer.alloc(noZeroes ? 0 : 124)]));
        return true;
      case OPTION.go:
      case OPTION.info:
        reply(socket, option, REPLY.info, Buffer.concat([uint16(INFO_EXPORT), describe(served)]));
        reply(socket, option, REPLY.ack);
        if (option === OPTION.go) return true;
        break;
      case OPTION.list:
        // One export, whose name is empty: its length is all there is to say.
        reply(socket, option, REPLY.server, Buffer.alloc(4));
        reply(socket, option, REPLY.ack);
        break;
      case OPTION.abort:
        reply(socket, option, REPLY.ack);
        socket.end();
        return false;
      default:
        reply(socket, option, REPLY.unsupported);
    }
  }
}

function reply(socket: Socket, option: number, type: number, data = Buffer.alloc(0)): void {
  const header = Buffer.alloc(20);
  header.writeBigUInt64BE(REPLY_MAGIC, 0);
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(type, 12);
  header.writeUInt32BE(data.length, 16);
  socket.write(Buffer.concat([header, data]));
}

function describe({ sizeBytes, readOnly }: Export): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(sizeBytes));
  return Buffer.concat([size, uint16(HAS_FLAGS | (readOnly ? READ_ONLY : 0))]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
