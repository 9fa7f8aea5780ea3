/** Does work of several items at a time and gives the results in the order of the items. */
export async function* orderedWork<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atATime: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // What fails is met in its turn.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= atATime) yield await (running.shift() as Promise<Result>);
  }
  for (const result of running) yield await result;
}
