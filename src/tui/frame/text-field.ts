import { type Line, line, toned } from './line.ts';

/** A line that is being typed; the cursor is always at its end. */
export interface TextField {
  readonly text: string;
  readonly atMost: number;
}

export const emptyField = (atMost: number): TextField => ({ text: '', atMost });

/** The field after a key; undefined when the key is none that types. */
export function typedInto(field: TextField, key: string): TextField | undefined {
  if (key === 'backspace') return { ...field, text: field.text.slice(0, -1) };
  const character = key === 'space' ? ' ' : key;
  if (character.length !== 1) return undefined;
  return field.text.length < field.atMost ? { ...field, text: field.text + character } : field;
}

/** The field as it is drawn, as wide as it may get, up to `width` columns. */
export function fieldLine(field: TextField, label: string, width: number): Line {
  const room = Math.max(1, Math.min(field.atMost, width - label.length - 5));
  const shown = field.text.slice(-room);
  const cursor = shown.length < room ? '_' : '';
  return line(label, ' [ ', toned('strong', shown), cursor.padEnd(room - shown.length), ' ]');
}
