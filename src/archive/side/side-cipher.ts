import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type SideKeyForm, TAG_BYTES } from './side-form.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const BLOCK_SIZE = 8;
/** About a tenth of a second, and 32 MiB of memory. */
const COST = 2 ** 15;
/** A hostile file must not take all memory: 256 MiB. */
export const MAX_COST = 2 ** 18;

/** Encrypts and decrypts chunks by their running number. Every file has a key of its own, so no number comes twice. */
export interface SideCipher {
  seal(chunk: number, header: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Undefined when the password is wrong or the bytes were changed. */
  open(chunk: number, header: Uint8Array, bytes: Uint8Array): Uint8Array | undefined;
}

/** A new key for a new side file. */
export function newKeyForm(): SideKeyForm {
  return { salt: randomBytes(16).toString('hex'), cost: COST };
}

const makeKey = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Makes the key of a password: scrypt, then AES-256-GCM with the chunk's header authenticated too. */
export async function sideCipher(password: string, { salt, cost }: SideKeyForm): Promise<SideCipher> {
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 256 * BLOCK_SIZE * cost };
  const key = await makeKey(password, Buffer.from(salt, 'hex'), KEY_BYTES, options);
  return {
    seal(chunk, header, bytes) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(chunk));
      cipher.setAAD(header);
      return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open(chunk, header, bytes) {
      if (bytes.length < TAG_BYTES) return undefined;
      const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(chunk));
      cipher.setAAD(header);
      cipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      try {
        return Buffer.concat([cipher.update(bytes.subarray(0, -TAG_BYTES)), cipher.final()]);
      } catch {
        // The one way in which Node tells that the tag does not fit.
        return undefined;
      }
    },
  };
}

function nonceOf(chunk: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64LE(BigInt(chunk), 4);
  return nonce;
}
