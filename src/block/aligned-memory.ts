/** The part of WebAssembly that is needed here: the type library of plain ECMAScript does not describe it. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/** The size of a WebAssembly page in bytes, by its specification. */
const WASM_PAGE_BYTES = 65536;

const ALIGNED_BUFFERS = new WeakSet<ArrayBufferLike>();

/**
 * Memory fit for O_DIRECT, exactly `bytes` long and zeroed. It starts on a memory page, and so does what the
 * allocation really takes: a multiple of 64 KiB. Throws a `RangeError` when the memory cannot be had.
 *
 * The memory of a WebAssembly instance is mapped, hence page-aligned; a `Buffer` is not, and the kernel answers
 * it with EINVAL (measured, facts/appliance.md section 4.3). It is never grown: growing would detach it.
 */
export function allocateAligned(bytes: number): Uint8Array {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`The size of aligned memory must be a whole number of bytes, got ${bytes}.`);
  }
  const pages = Math.max(1, Math.ceil(bytes / WASM_PAGE_BYTES));
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
  ALIGNED_BUFFERS.add(buffer);
  return new Uint8Array(buffer, 0, bytes);
}

/** Whether `view` lies in memory from `allocateAligned` and starts there at a multiple of `alignment` bytes. */
export function isAligned(view: Uint8Array, alignment: number): boolean {
  return ALIGNED_BUFFERS.has(view.buffer) && view.byteOffset % alignment === 0;
}
