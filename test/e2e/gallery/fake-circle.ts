import { Fault } from "../../../src/domain/fault.ts";
import type { Person } from "../../../src/protocol/chat.ts";
import type { ChatCard, Invite } from "../../../src/protocol/entry-routes.ts";
import type { Report } from "../../../src/protocol/people-routes.ts";
import type { SearchHit } from "../../../src/protocol/search-routes.ts";
import type { ServerOperation } from "../../../web/sync/server-verbs.ts";
import { CHATS, ME, PEOPLE, personOf } from "./fake-people.ts";
import { iso, MINUTE, scenario } from "./scenario.ts";

/** A question of a screen, as the made-up server takes it. */
export interface FakeAsk {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
}

const DAY = 24 * 60 * MINUTE;
const ago = (ms: number): string => iso(Date.now() - ms);
const ahead = (ms: number): string => iso(Date.now() + ms);
const people = PEOPLE.filter((one) => one.user_id !== ME.user_id);
const person = (at: number): Person => people[at] ?? personOf(ME.user_id);
/** A circle in which somebody is blocked would change the list of chats in every other picture. */
const isFull = scenario === "full";

const contact = (at: number, name?: string) => ({
  person: person(at),
  ...(name === undefined ? {} : { contact_name: name }),
  is_mutual: at % 2 === 0,
  added_at: ago(at * DAY),
});

const CARDS: readonly ChatCard[] = [
  {
    chat_id: `c${"7".padStart(25, "0")}`,
    chat_type: "channel",
    name: "Tide tables",
    description: "High and low water, every morning at six.",
    member_count: 18_402,
    needs_approval: false,
    standing: "stranger",
  },
  {
    chat_id: `g${"21".padStart(25, "0")}`,
    chat_type: "group",
    name: "جيران الميناء",
    description: "أخبار الحي ومواعيد السوق",
    member_count: 231,
    needs_approval: true,
    standing: "stranger",
  },
  {
    chat_id: `g${"1".padStart(25, "0")}`,
    chat_type: "group",
    name: "Harbour walk ⛵",
    description: "Sundays, ten o'clock, at the old crane.",
    member_count: 6,
    needs_approval: false,
    standing: "member",
  },
  {
    chat_id: `g${"22".padStart(25, "0")}`,
    chat_type: "group",
    name: "Translators of everything that was ever written down",
    description: "",
    member_count: 54,
    needs_approval: true,
    standing: "requested",
  },
];

const invite = (token: string, rest: Partial<Invite> = {}): Invite => {
  const code = `g${"1".padStart(25, "0")}-${token.padEnd(16, "k")}`;
  return {
    code,
    url: `https://parley.example/join/${code}`,
    created_by: ME.user_id,
    created_at: ago(3 * DAY),
    uses: 12,
    needs_approval: false,
    role: "member",
    ...rest,
  };
};

const hit = (n: number, chat: number, sender: Person, snippet: string, words: string): SearchHit => {
  const from = snippet.toLowerCase().indexOf(words.toLowerCase());
  const where = CHATS[chat];
  const chatId = where?.chat_id ?? "";
  const seq = 400 + n;
  return {
    message: {
      message_id: `${chatId}.${seq}`,
      chat_id: chatId,
      seq,
      rev: seq,
      sender_id: sender.user_id,
      message_type: "text",
      content: { text: snippet },
      created_at: ago(n * 7 * 60 * MINUTE),
    },
    chat_name: where?.title ?? "",
    sender_name: sender.display_name,
    snippet,
    ranges: from < 0 ? [] : [[from, words.length]],
  };
};

function found(query: FakeAsk["query"], chat?: number) {
  const words = String(query?.q ?? "").trim();
  if (words.startsWith("zz")) return { hits: [] };
  const lines: [Person, number, string][] = [
    [person(0), 1, "One thing: in the third scene she already knows about the letter. Is that on purpose?"],
    [personOf(ME.user_id), 0, "Wonderful. Then the long way out and the short way back?"],
    [person(1), 0, "نعم، فُتح الأسبوع الماضي. مررت به أمس وكان رائعًا"],
    [person(2), 0, "Yo llevo el pan. ¿Alguien tiene un cuchillo que corte de verdad?"],
    [person(0), 1, "Could you send me the second draft again? I want to compare the two openings."],
    [person(6), 0, "She walks faster than all of us, be warned. Can my sister come along anyway?"],
  ];
  return {
    hits: lines.map(([sender, at, text], i) => hit(i + 1, chat ?? at, sender, text, words)),
    next_cursor: "more",
    ...(query?.cursor === undefined ? {} : { is_partial: true }),
  };
}

const REPORTS: readonly Report[] = [
  {
    report_id: `q${"1".padStart(16, "0")}`,
    reporter: person(1),
    subject: "message",
    user: person(4),
    chat_id: `g${"1".padStart(25, "0")}`,
    evidence: "Click here and you have won a boat: http://boat.example/free",
    reason: "spam",
    comment: "The third time today.",
    reported_at: ago(2 * 60 * MINUTE),
    state: "open",
    note: "",
  },
  {
    report_id: `q${"2".padStart(16, "0")}`,
    reporter: person(6),
    subject: "user",
    user: person(7),
    reason: "harassment",
    comment: "",
    reported_at: ago(DAY),
    state: "open",
    note: "Asked for more.",
  },
];

/** What the made-up server says about people, entry, and what is found. */
export const CIRCLE: Partial<Record<ServerOperation, (ask: FakeAsk) => unknown>> = {
  listContacts: () => ({
    contacts: isFull ? [contact(0, "Idris from the press"), contact(1), contact(3), contact(6, "Pri")] : [],
  }),
  putContact: ({ body }) => ({
    person: personOf(String(body?.user_id)),
    ...(body?.contact_name ? { contact_name: body.contact_name } : {}),
    is_mutual: false,
    added_at: ago(0),
  }),
  removeContact: () => ({}),
  listFriendRequests: () => ({
    requests: isFull
      ? [
          {
            person: person(5),
            direction: "incoming",
            message: "We met at the concert, row four.",
            requested_at: ago(3 * 60 * MINUTE),
          },
          { person: person(7), direction: "outgoing", message: "", requested_at: ago(2 * DAY) },
        ]
      : [],
  }),
  requestFriend: () => ({ status: "requested" }),
  answerFriend: () => ({}),
  withdrawFriend: () => ({}),
  listBlocked: () => ({ people: isFull ? [person(4)] : [] }),
  report: () => ({ report_id: "q1" }),
  privacy: () => ({
    last_seen: "contacts",
    online: "everybody",
    has_read_receipts: true,
    has_typing: false,
    findable: "everybody",
    addable: "contacts",
    reachable: "everybody",
  }),
  setPrivacy: ({ body }) => ({
    last_seen: "contacts",
    online: "everybody",
    has_read_receipts: true,
    has_typing: false,
    findable: "everybody",
    addable: "contacts",
    reachable: "everybody",
    ...body,
  }),
  ownPresence: () => ({
    status: "busy",
    state: "do_not_disturb",
    custom_status: { text: "Reading proofs", emoji: "📖", expires_at: ahead(2 * 60 * MINUTE) },
  }),
  setStatus: () => ({ status: "online", status_message: "" }),
  updateMe: ({ body }) => ({ ...ME, email: "mara@example.org", created_at: ago(90 * DAY), ...body }),
  directory: ({ query }) => ({
    chats: CARDS.filter(
      (card) =>
        card.name.toLowerCase().includes(String(query?.q ?? "").toLowerCase()) &&
        (query?.chat_type === undefined || card.chat_type === query.chat_type),
    ),
    next_cursor: "more",
  }),
  joinChat: () => ({ status: "requested" }),
  readInvite: ({ params }) => {
    const standing = (["stranger", "member", "requested", "banned"] as const).find((one) => one === params?.code);
    if (params?.code === "over") throw new Fault("not_found");
    const card = CARDS[params?.code === "open" ? 0 : 1];
    return { ...card, standing: standing ?? "stranger" };
  },
  acceptInvite: () => ({ status: "requested" }),
  inviteLink: () => invite("main"),
  listInvites: () => ({
    invites: [
      invite("main"),
      invite("guests", { uses: 3, max_uses: 10, expires_at: ahead(5 * DAY), role: "guest", needs_approval: true }),
      invite("over", { uses: 5, max_uses: 5 }),
    ],
  }),
  createInvite: () => invite("fresh", { uses: 0 }),
  revokeInvite: () => ({}),
  listJoinRequests: () => ({
    requests: [
      { person: person(4), requested_at: ago(40 * MINUTE), message: "I live two streets away." },
      { person: person(7), requested_at: ago(5 * 60 * MINUTE), message: "" },
    ],
  }),
  answerJoinRequest: () => ({}),
  listBans: () => ({
    bans: [
      {
        person: person(5),
        banned_by: ME.user_id,
        banned_at: ago(DAY),
        reason: "Advertisements",
        ends_at: ahead(6 * DAY),
      },
      { person: person(7), banned_by: ME.user_id, banned_at: ago(9 * DAY), reason: "" },
    ],
  }),
  ban: ({ body }) => ({
    person: personOf(String(body?.user_id)),
    banned_by: ME.user_id,
    banned_at: ago(0),
    reason: String(body?.reason ?? ""),
  }),
  unban: () => ({}),
  search: ({ query }) => found(query),
  searchChat: ({ query }) => found(query, 0),
  listReports: ({ query }) => {
    if (!isFull) throw new Fault("forbidden");
    return { reports: query?.state === "open" ? REPORTS : [] };
  },
  decideReport: ({ body }) => ({ ...REPORTS[0], ...body }),
};
