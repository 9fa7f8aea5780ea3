import { safeText } from '../../text/safe.ts';

/** What of a path says enough in a title: a device's name alone, a file without its folders. */
export const shortName = (path: string): string =>
  safeText(path)
    .replace(/^\/dev\/([^/:]+)$/, '$1')
    .replace(/^.*\/(?=[^/]+$)/, '');
