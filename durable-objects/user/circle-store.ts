import type { Person } from "../../src/protocol/chat.ts";
import type { Privacy } from "../../src/protocol/user.ts";
import type { Database } from "../shared/database.ts";

export interface CircleRow {
  rev: number;
  privacy: Privacy;
  person: Person | undefined;
  contacts: ReadonlySet<string>;
  blocked: ReadonlySet<string>;
  owed: readonly string[];
}

type Stored = { rev: number; privacy: string; person: string | null; contacts: string; blocked: string; owed: string };

/** SQL of what the person lets be known. */
export class CircleStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  circle(): CircleRow | undefined {
    const row = this.#db.first<Stored>("SELECT rev, privacy, person, contacts, blocked, owed FROM circle WHERE id = 1");
    // All of it written by `putCircle` alone.
    return (
      row && {
        rev: row.rev,
        privacy: JSON.parse(row.privacy) as Privacy,
        person: row.person === null ? undefined : (JSON.parse(row.person) as Person),
        contacts: new Set(JSON.parse(row.contacts) as string[]),
        blocked: new Set(JSON.parse(row.blocked) as string[]),
        owed: JSON.parse(row.owed) as string[],
      }
    );
  }

  putCircle(row: CircleRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO circle (id, rev, privacy, person, contacts, blocked, owed) VALUES (1, ?, ?, ?, ?, ?, ?)",
      row.rev,
      JSON.stringify(row.privacy),
      row.person === undefined ? null : JSON.stringify(row.person),
      JSON.stringify([...row.contacts]),
      JSON.stringify([...row.blocked]),
      JSON.stringify(row.owed),
    );
  }
}
