const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A number of bytes for people: `512 B`, `4.0 KiB`, `218.9 GiB`. Three digits or so, never rounded up to a false whole. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return `${bytes} B`;
  // Cut, not rounded: 1023.97 KiB must not show as 1024.0 KiB, and 99.99 never as 100.
  return `${(Math.floor(value * 10) / 10).toFixed(1)} ${UNITS[unit]}`;
}

const SOLD_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size as it is printed on the disk itself, in units of 1000: `500 GB`, `1.0 TB`. */
export function soldText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SOLD_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${SOLD_UNITS[unit]}`;
}

/** A whole number with thin groups: `1 048 576`. */
function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Bytes a second: `118 MB/s` in decimal units, as disks are sold. */
export function rateText(bytesPerSecond: number): string {
  if (bytesPerSecond < 1000) return `${Math.round(bytesPerSecond)} B/s`;
  if (bytesPerSecond < 1e6) return `${(bytesPerSecond / 1e3).toFixed(0)} kB/s`;
  if (bytesPerSecond < 10e6) return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  return `${(bytesPerSecond / 1e6).toFixed(0)} MB/s`;
}

/** A share in percent that says 100 only when it is all, and 0 only when it is nothing: `99.99 %`. */
export function percentText(part: number, whole: number): string {
  if (whole <= 0 || part >= whole) return '100 %';
  const percent = (part / whole) * 100;
  const digits = percent >= 99 || percent < 1 ? 3 : 1;
  const cut = Math.floor(percent * 10 ** digits) / 10 ** digits;
  if (cut === 0 && part > 0) return '< 0.001 %';
  return `${cut.toFixed(digits)} %`;
}

/** `0 s`, `42 s`, `4 min`, `2 h 05 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Clock form for running times: `00:30:58`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** `1 file`, `2 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/**
 * The bytes that a word such as `500k`, `1.5M`, `2MiB` or `4096` means: units of 1000 without the `i`, as rates and
 * disks are sold, of 1024 with it. Undefined when it is no such word.
 */
export function parseBytes(word: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?i?)b?$/i.exec(word) ?? [];
  const factor = FACTORS[unit.toLowerCase()];
  if (digits === '' || factor === undefined) return undefined;
  const bytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
