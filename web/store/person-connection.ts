import { openPerson, type PersonDatabase } from "./schema.ts";

/** How a store ends while its tab lives on. */
export interface StoreEnds {
  /** The person signed out in another tab, and the data is gone. */
  deleted(): void;
  /** Another tab runs newer code, whose store this one cannot open: only a reload helps. */
  outdated(): void;
}

/**
 * The connection to one person's database. Browsers of phones close it under a page that slept, with a word or without:
 * it is opened anew, and what had begun on the dead one is done again, once. Every use of a store may be repeated; one
 * that adds a row adds it under the same `client_msg_id`, and both copies retire together.
 */
export class PersonConnection {
  readonly #userId: string;
  readonly #ends: StoreEnds;
  #db: PersonDatabase | undefined;
  #opening: Promise<PersonDatabase> | undefined;
  #isOver = false;

  private constructor(userId: string, ends: StoreEnds) {
    this.#userId = userId;
    this.#ends = ends;
  }

  /** Rejects where the browser allows no storage. */
  static async open(userId: string, ends: StoreEnds): Promise<PersonConnection> {
    const connection = new PersonConnection(userId, ends);
    await connection.#opened();
    return connection;
  }

  close(): void {
    this.#isOver = true;
    this.#db?.close();
  }

  /** Begins in this very turn while there is a connection: uses take effect in the order in which they are made. */
  async run<T>(use: (db: PersonDatabase) => Promise<T>): Promise<T> {
    const db = this.#db ?? (await this.#opened());
    try {
      return await use(db);
    } catch (error) {
      if (this.#isOver || (this.#db === db && !isLoss(error))) throw error;
      if (this.#db === db) this.#lost(db);
      return use(this.#db ?? (await this.#opened()));
    }
  }

  #opened(): Promise<PersonDatabase> {
    this.#opening ??= openPerson(this.#userId, {
      deleted: () => {
        this.#isOver = true;
        this.#ends.deleted();
      },
      outdated: () => {
        this.#isOver = true;
        this.#ends.outdated();
      },
      lost: () => this.#lost(this.#db),
    }).then(
      (db) => {
        this.#opening = undefined;
        this.#db = db;
        if (this.#isOver) db.close();
        return db;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  #lost(db: PersonDatabase | undefined): void {
    if (this.#isOver || this.#db !== db) return;
    this.#db = undefined;
    db?.close();
  }
}

/** How browsers say that the connection is no more; Safari calls it unknown. */
const isLoss = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === "InvalidStateError" || error.name === "UnknownError");
