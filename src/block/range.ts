/**
 * A half-open stretch of bytes, `start <= x < end`, both counted from the start of the volume or device
 * that the context names. The one way in which extents travel through the program.
 */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
