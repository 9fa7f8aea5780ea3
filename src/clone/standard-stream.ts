/** The name that means standard input or output. */
export const STANDARD_STREAM = '-';
