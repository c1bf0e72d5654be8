import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

/** D1 through drizzle. Making one costs nothing: no connection is held. */
export type Database = DrizzleD1Database;

export const openDatabase = (d1: D1Database): Database => drizzle(d1);

/** The column whose uniqueness a failed write would have broken, as `table.column`; undefined for any other error. */
export function uniqueViolation(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const column = /UNIQUE constraint failed: ([\w.]+)/.exec(error.message)?.[1];
    if (column) return column;
  }
  return undefined;
}
