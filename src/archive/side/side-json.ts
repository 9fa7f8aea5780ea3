import {
  boolean,
  count,
  FieldError,
  list,
  object,
  oneOf,
  parseJson,
  shown,
  string,
} from '../../text/json-fields.ts';
import type { Described, DescribedStream } from '../inventory/described.ts';
import { MAX_COST } from './side-cipher.ts';
import type { SideEnd, SideHead, SideLeftOut, SideSecurity, SideVolume } from './side-form.ts';

/** What a line of objects can be. */
export type SideLine = Described | SideLeftOut;

/** These read the JSON of a side file, which anybody may have written. Each throws a `FieldError`. */

export function headFrom(text: string): SideHead {
  const fields = object(parseJson(text), 'the head');
  const key = fields.key === undefined ? undefined : object(fields.key, 'key');
  return {
    program: string(fields.program, 'program'),
    created: string(fields.created, 'created'),
    archiveId: pattern(fields.archiveId, 'archiveId', /^[0-9a-f]{8}$/),
    ...(key && {
      key: {
        salt: pattern(key.salt, 'salt', /^[0-9a-f]{32}$/),
        cost: powerOfTwo(key.cost, 'cost', 2, MAX_COST),
      },
    }),
  };
}

export function volumeFrom(text: string): SideVolume {
  const fields = object(parseJson(text), 'a volume');
  return {
    fileSystem: count(fields.fileSystem, 'fileSystem'),
    source: string(fields.source, 'source'),
    label: string(fields.label, 'label'),
    version: pattern(fields.version, 'version', /^\d{1,3}\.\d{1,3}$/),
    serial: pattern(fields.serial, 'serial', /^[0-9A-F]{16}$/),
    sectorBytes: powerOfTwo(fields.sectorBytes, 'sectorBytes', 256, 4096),
    clusterBytes: powerOfTwo(fields.clusterBytes, 'clusterBytes', 256, 2 ** 21),
    volumeBytes: count(fields.volumeBytes, 'volumeBytes'),
    ...(fields.boot !== undefined && { boot: base64(fields.boot, 'boot') }),
    ...(fields.partitionStartBytes !== undefined && {
      partitionStartBytes: count(fields.partitionStartBytes, 'partitionStartBytes'),
    }),
  };
}

export function securityFrom(text: string): SideSecurity {
  const fields = object(parseJson(text), 'a security descriptor');
  return { sum: sha1(fields.sum, 'sum'), descriptor: base64(fields.descriptor, 'descriptor') };
}

export function endFrom(text: string): SideEnd {
  const fields = object(parseJson(text), 'the end');
  return {
    chunks: count(fields.chunks, 'chunks'),
    objects: count(fields.objects, 'objects'),
    contents: count(fields.contents, 'contents'),
    contentBytes: count(fields.contentBytes, 'contentBytes'),
    sha256: pattern(fields.sha256, 'sha256', /^[0-9a-f]{64}$/),
  };
}

export function lineFrom(text: string): SideLine {
  const fields = object(parseJson(text), 'an object');
  const kind = oneOf(fields.kind, 'kind', ['file', 'folder', 'name', 'left-out'] as const);
  const path = pathOf(fields.path);
  if (kind === 'left-out') {
    const why = oneOf(fields.why, 'why', ['system', 'excluded'] as const);
    return {
      kind,
      path,
      why,
      ...(fields.sizeBytes !== undefined && { sizeBytes: count(fields.sizeBytes, 'sizeBytes') }),
    };
  }
  const named = {
    id: count(fields.id, 'id'),
    path,
    ...(fields.dosName !== undefined && { dosName: nameOf(fields.dosName, 'dosName') }),
  };
  if (kind === 'name') return { kind, ...named };
  return {
    kind,
    ...named,
    times: timesOf(fields.times),
    attributes: count(fields.attributes, 'attributes'),
    ...(fields.versions !== undefined && { versions: versionsOf(fields.versions) }),
    security: fields.security === undefined ? undefined : sha1(fields.security, 'security'),
    streams: list(fields.streams, 'streams').map(streamFrom),
    ...optional(fields, 'reparse', base64),
    ...optional(fields, 'extended', base64),
    ...optional(fields, 'objectId', base64),
    ...optional(fields, 'encryption', base64),
    ...(fields.others !== undefined && {
      others: list(fields.others, 'others').map((one) => string(one, 'others')),
    }),
    ...optional(fields, 'problem', string),
  };
}

function streamFrom(value: unknown): DescribedStream {
  const fields = object(value, 'a stream');
  return {
    name: fields.name === '' ? '' : nameOf(fields.name, 'the name of a stream'),
    sizeBytes: count(fields.sizeBytes, 'sizeBytes'),
    compressed: boolean(fields.compressed, 'compressed'),
    sparse: boolean(fields.sparse, 'sparse'),
    encrypted: boolean(fields.encrypted, 'encrypted'),
    ...(fields.sum !== undefined && { sum: pattern(fields.sum, 'sum', /^[0-9a-f]{32}$/) }),
    ...(fields.content !== undefined && { content: count(fields.content, 'content') }),
    ...(fields.clusterBytes !== undefined && { clusterBytes: count(fields.clusterBytes, 'clusterBytes') }),
    ...(fields.stored !== undefined && { stored: stretches(fields.stored, 'stored') }),
    ...(fields.lost !== undefined && { lost: stretches(fields.lost, 'lost') }),
  };
}

function optional<K extends string>(
  fields: Readonly<Record<string, unknown>>,
  key: K,
  read: (value: unknown, name: string) => string,
): { [P in K]?: string } {
  if (fields[key] === undefined) return {};
  return { [key]: read(fields[key], key) } as { [P in K]?: string };
}

/** A path that stays in its volume: no `..`, no empty name, no name that another system would take for a path. */
function pathOf(value: unknown): string {
  const path = string(value, 'path');
  if (path === '') return path;
  for (const name of path.split('/')) nameOf(name, 'path');
  return path;
}

const MOST_NAME_UNITS = 255;

function nameOf(value: unknown, field: string): string {
  const name = string(value, field);
  const isName = name !== '' && name !== '.' && name !== '..' && !name.includes('/');
  if (isName && name.length <= MOST_NAME_UNITS) return name;
  throw new FieldError(`${field} has ${shown(value)}, which is no name of a file`);
}

function pattern(value: unknown, name: string, form: RegExp): string {
  const text = string(value, name);
  if (form.test(text)) return text;
  throw new FieldError(`${name} is ${shown(value)}, which does not have its form`);
}

const sha1 = (value: unknown, name: string): string => pattern(value, name, /^[0-9a-f]{40}$/);

const base64 = (value: unknown, name: string): string =>
  pattern(value, name, /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);

function powerOfTwo(value: unknown, name: string, least: number, most: number): number {
  const number = count(value, name);
  if (number >= least && number <= most && Number.isInteger(Math.log2(number))) return number;
  throw new FieldError(`${name} is ${number}, not a power of two from ${least} to ${most}`);
}

function timesOf(value: unknown): [string, string, string, string] | undefined {
  if (value === undefined) return undefined;
  const times = list(value, 'times').map((one) => pattern(one, 'times', /^[0-9a-f]{16}$/));
  const [created, modified, changed, accessed, ...more] = times;
  if (created === undefined || modified === undefined || changed === undefined || accessed === undefined) {
    throw new FieldError('times has too few of them');
  }
  if (more.length > 0) throw new FieldError('times has too many of them');
  return [created, modified, changed, accessed];
}

function versionsOf(value: unknown): [number, number, number] {
  const [one, two, three] = list(value, 'versions').map((each) => count(each, 'versions'));
  return [one ?? 0, two ?? 0, three ?? 0];
}

function stretches(value: unknown, name: string): [number, number][] {
  let before = 0;
  return list(value, name).map((pair) => {
    const [start, end] = list(pair, name);
    const stretch: [number, number] = [count(start, name), count(end, name)];
    if (stretch[0] < before || stretch[1] <= stretch[0]) throw new FieldError(`${name} is not ascending`);
    before = stretch[1];
    return stretch;
  });
}
