/** Adds a value to those of a key, in order. */
export function gather<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const same = groups.get(key);
  if (same === undefined) groups.set(key, [value]);
  else same.push(value);
}
