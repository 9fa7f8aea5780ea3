/** The lines of a stream of UTF-8 bytes, without their ends; a last line without one counts too. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  for await (const { text } of endedLines(stream)) yield text;
}

/**
 * Values that another process writes as JSON, one a line. A last line without an end that is no JSON was cut off with
 * whoever wrote it: the values end before it. Throws a `SyntaxError` for any other line that is none.
 */
export async function* jsonLines<Value>(stream: AsyncIterable<Uint8Array>): AsyncIterable<Value> {
  for await (const { text, hasEnd } of endedLines(stream)) {
    let value: Value;
    try {
      value = JSON.parse(text) as Value;
    } catch (error) {
      if (error instanceof SyntaxError && !hasEnd) return;
      throw error;
    }
    yield value;
  }
}

async function* endedLines(
  stream: AsyncIterable<Uint8Array>,
): AsyncIterable<{ readonly text: string; readonly hasEnd: boolean }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const text of parts) yield { text, hasEnd: true };
  }
  if (rest !== '') yield { text: rest, hasEnd: false };
}
