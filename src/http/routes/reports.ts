import { openDatabase } from "../../db/database.ts";
import { type NewReport, OPEN_REPORTS, Reports } from "../../db/reports.ts";
import { Users } from "../../db/users.ts";
import { Fault } from "../../domain/fault.ts";
import { newReportId, parseMessageId, ReportId } from "../../protocol/ids.ts";
import type { BodyOf } from "../../protocol/rest.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, SignedVisit } from "../handler.ts";
import { askChat } from "../object-call.ts";

const reports = new FloodBrake(10, 0.05);

/** The longest text that is kept as evidence: as long as a message may be. */
const EVIDENCE_CHARS = 65_536;

const queueOf = ({ env }: SignedVisit): Reports => new Reports(openDatabase(env.DB));

/** What people report, and what administrators make of it. */
export const REPORTS: Handlers<"report" | "listReports" | "decideReport"> = {
  async report(visit, { body }) {
    const { user_id } = visit.caller;
    reports.take(user_id);
    const entry = await entryOf(visit, body);
    const queue = queueOf(visit);
    if ((await queue.openOf(user_id)) >= OPEN_REPORTS) throw new Fault("rate_limited", { retry_after: 3_600 });
    return { report_id: await queue.add(entry, Date.now()) };
  },

  async listReports(visit, { query }) {
    if (query.cursor !== undefined && !ReportId.safeParse(query.cursor).success)
      throw new Fault("invalid", {
        message: "The query is not valid.",
        details: [{ path: "cursor", message: "not a cursor of this list" }],
      });
    const { next, ...page } = await queueOf(visit).list(query.state, { limit: query.limit, after: query.cursor });
    return { ...page, ...(next === undefined ? {} : { next_cursor: next }) };
  },

  async decideReport(visit, { params, body }) {
    const decision = { state: body.state, note: body.note, by: visit.caller.user_id };
    const report = await queueOf(visit).decide(params.id, decision, Date.now());
    if (!report) throw new Fault("not_found");
    return report;
  },
};

/** What is reported, as the reporter may see it now: what they cannot see does not exist. */
async function entryOf(visit: SignedVisit, body: BodyOf<"report">): Promise<NewReport> {
  const { env, caller } = visit;
  const base = {
    id: newReportId(),
    reporter_id: caller.user_id,
    reason: body.reason,
    comment: body.comment,
    user_id: null,
    chat_id: null,
    evidence: null,
  };
  if (body.user_id !== undefined) {
    const profile = await new Users(openDatabase(env.DB)).profile(body.user_id);
    if (!profile) throw new Fault("not_found");
    const evidence = [profile.username, profile.display_name, profile.status_message].join("\n");
    return { ...base, subject: "user", subject_id: body.user_id, user_id: body.user_id, evidence };
  }
  if (body.message_id !== undefined) {
    const place = parseMessageId(body.message_id);
    if (!place) throw new Fault("not_found");
    const message = await askChat(env, place.chat_id, (chat) => chat.message(caller.user_id, place.seq));
    const { content, sender_id } = message;
    const said = content === null ? "" : "text" in content ? content.text : JSON.stringify(content);
    return {
      ...base,
      ...{ subject: "message", subject_id: body.message_id, user_id: sender_id, chat_id: place.chat_id },
      evidence: said.slice(0, EVIDENCE_CHARS),
    };
  }
  const chatId = body.chat_id ?? "";
  const { chat } = await askChat(env, chatId, (object) => object.view(caller.user_id));
  const evidence = [chat.name, chat.description].join("\n").trim();
  return { ...base, subject: "chat", subject_id: chatId, chat_id: chatId, evidence };
}
