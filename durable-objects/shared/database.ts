/** What a statement may be given and may return. Booleans are stored as 0 and 1. */
export type SqlValue = string | number | null | ArrayBuffer;

/** Rows that the runtime counted: what the bill is made of. */
export interface RowCount {
  read: number;
  written: number;
  /** Times the alarm was set: a row written each, on the bill. */
  alarms: number;
}

/**
 * The object's SQLite, counted. Every statement of a store goes through here, so that a test can say what a message
 * costs (`rows`) without trusting a model of it.
 */
export class Database {
  readonly rows: RowCount = { read: 0, written: 0, alarms: 0 };
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** All rows of a statement. */
  all<R extends Record<string, SqlValue>>(query: string, ...values: SqlValue[]): R[] {
    const cursor = this.#storage.sql.exec<R>(query, ...values);
    const rows = cursor.toArray();
    this.#count(cursor);
    return rows;
  }

  /** The first row, or undefined. */
  first<R extends Record<string, SqlValue>>(query: string, ...values: SqlValue[]): R | undefined {
    return this.all<R>(query, ...values)[0];
  }

  /** Rows one by one, for as long as the caller wants them: a scan that stops early reads no further. */
  *each<R extends Record<string, SqlValue>>(query: string, ...values: SqlValue[]): Generator<R> {
    const cursor = this.#storage.sql.exec<R>(query, ...values);
    try {
      for (const row of cursor) yield row;
    } finally {
      this.#count(cursor);
    }
  }

  /** Runs a statement for its effect. Returns the rows written. */
  run(query: string, ...values: SqlValue[]): number {
    const cursor = this.#storage.sql.exec(query, ...values);
    cursor.toArray();
    this.#count(cursor);
    return cursor.rowsWritten;
  }

  /** One transaction, or inside another a savepoint: what `work` wrote is undone if it throws. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  /** Resolves when everything written so far is durable. */
  async durable(): Promise<void> {
    await this.#storage.sync();
  }

  #count(cursor: { rowsRead: number; rowsWritten: number }): void {
    this.rows.read += cursor.rowsRead;
    this.rows.written += cursor.rowsWritten;
  }
}
