/** The order of a list, and those of its items that changed: what a tab sends instead of the whole list. */
export interface ListPatch<T> {
  order: string[];
  changed: T[];
}

/** The difference between two lists of immutable items: what is the same object did not change. */
export function patchOf<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): ListPatch<T> {
  const known = new Set(before);
  return { order: after.map(key), changed: after.filter((item) => !known.has(item)) };
}

/** The list after a patch; undefined if the patch builds on another list than this one. */
export function patched<T>(before: readonly T[], patch: ListPatch<T>, key: (item: T) => string): T[] | undefined {
  const items = new Map(before.map((item) => [key(item), item]));
  for (const item of patch.changed) items.set(key(item), item);
  const after: T[] = [];
  for (const name of patch.order) {
    const item = items.get(name);
    if (item === undefined) return undefined;
    after.push(item);
  }
  return after;
}
