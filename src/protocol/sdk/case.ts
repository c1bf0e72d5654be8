/** The wire has names in snake case, TypeScript in camel case (K8): the one turned into the other, in types and values. */

type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : S;

/** A value of the wire with the names of its fields in camel case, all the way down. */
export type Camel<T> = T extends readonly (infer Item)[]
  ? Camel<Item>[]
  : T extends object
    ? { [Key in keyof T as Key extends string ? CamelKey<Key> : Key]: Camel<T[Key]> }
    : T;

const camelName = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snakeName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]));
}

/** What came over the wire, as TypeScript names it. The caller has checked the value against the schema of `T`. */
export const toCamel = <T>(value: T): Camel<T> => renamed(value, camelName) as Camel<T>;
/** The way back. */
export const toSnake = (value: unknown): unknown => renamed(value, snakeName);
