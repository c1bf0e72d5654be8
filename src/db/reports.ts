import { and, desc, eq, sql } from "drizzle-orm";
import type { Person } from "../protocol/chat.ts";
import type { Report } from "../protocol/people-routes.ts";
import type { Database } from "./database.ts";
import { report, user } from "./schema.ts";

type Row = typeof report.$inferSelect;
export type NewReport = Pick<
  Row,
  "id" | "reporter_id" | "subject" | "subject_id" | "user_id" | "chat_id" | "evidence" | "reason" | "comment"
>;

/** Reports of one person that may be open at a time. */
export const OPEN_REPORTS = 50;

const iso = (at: number): string => new Date(at).toISOString();

/** The queue of the administrators. */
export class Reports {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds to the queue, once: what this person has reported already and is open keeps its id. */
  async add(entry: NewReport, now: number): Promise<string> {
    const rows = await this.#db
      .insert(report)
      .values({ ...entry, reported_at: now })
      .onConflictDoNothing()
      .returning({ id: report.id });
    if (rows[0]) return rows[0].id;
    const known = await this.#db
      .select({ id: report.id })
      .from(report)
      .where(
        and(
          eq(report.reporter_id, entry.reporter_id),
          eq(report.subject_id, entry.subject_id),
          eq(report.state, "open"),
        ),
      )
      .get();
    return known?.id ?? entry.id;
  }

  async openOf(reporterId: string): Promise<number> {
    const row = await this.#db
      .select({ count: sql<number>`count(*)` })
      .from(report)
      .where(and(eq(report.reporter_id, reporterId), eq(report.state, "open")))
      .get();
    return row?.count ?? 0;
  }

  /** A page: open ones oldest first, decided ones latest first. `after`: the report the page before ended with. */
  async list(
    state: Report["state"],
    ask: { limit: number; after?: string | undefined },
  ): Promise<{ reports: Report[]; next?: string }> {
    const isOpen = state === "open";
    const compare = isOpen ? sql`>` : sql`<`;
    const from =
      ask.after === undefined
        ? undefined
        : sql`(${report.reported_at}, ${report.id}) ${compare} ((SELECT seen.reported_at FROM report AS seen WHERE seen.id = ${ask.after}), ${ask.after})`;
    const rows = await this.#db
      .select()
      .from(report)
      .where(and(eq(report.state, state), from))
      .orderBy(isOpen ? report.reported_at : desc(report.reported_at), isOpen ? report.id : desc(report.id))
      .limit(ask.limit + 1);
    const page = rows.slice(0, ask.limit);
    const last = page.at(-1);
    return { reports: await this.#shown(page), ...(rows.length > ask.limit && last ? { next: last.id } : {}) };
  }

  /** Undefined if there is no such report. Opening one again that was reported again meanwhile leaves it as it is. */
  async decide(
    id: string,
    decision: { state: Report["state"]; note: string; by: string },
    now: number,
  ): Promise<Report | undefined> {
    const isDecided = decision.state !== "open";
    const isDoubled = sql`EXISTS (SELECT 1 FROM report AS other WHERE other.state = 'open' AND other.id <> ${report.id} AND other.reporter_id = ${report.reporter_id} AND other.subject_id = ${report.subject_id})`;
    await this.#db
      .update(report)
      .set({
        state: decision.state,
        note: decision.note,
        decided_by: isDecided ? decision.by : null,
        decided_at: isDecided ? now : null,
      })
      .where(and(eq(report.id, id), isDecided ? undefined : sql`NOT ${isDoubled}`));
    const row = await this.#db.select().from(report).where(eq(report.id, id)).get();
    return row && (await this.#shown([row]))[0];
  }

  async #shown(rows: readonly Row[]): Promise<Report[]> {
    const ids = [...new Set(rows.flatMap((row) => [row.reporter_id, row.user_id ?? row.reporter_id]))];
    const found =
      ids.length === 0
        ? []
        : await this.#db
            .select({ user_id: user.id, username: user.username, display_name: user.display_name })
            .from(user)
            .where(sql`${user.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
    const people = new Map<string, Person>(found.map((person) => [person.user_id, person]));
    const personOf = (id: string): Person => people.get(id) ?? { user_id: id, username: "", display_name: "" };
    return rows.map((row) => ({
      report_id: row.id,
      reporter: personOf(row.reporter_id),
      subject: row.subject,
      ...(row.user_id === null ? {} : { user: personOf(row.user_id) }),
      ...(row.chat_id === null ? {} : { chat_id: row.chat_id }),
      ...(row.subject === "message" ? { message_id: row.subject_id } : {}),
      ...(row.evidence === null ? {} : { evidence: row.evidence }),
      reason: row.reason,
      comment: row.comment,
      reported_at: iso(row.reported_at),
      state: row.state,
      note: row.note,
      ...(row.decided_by === null ? {} : { decided_by: row.decided_by }),
      ...(row.decided_at === null ? {} : { decided_at: iso(row.decided_at) }),
    }));
  }
}
