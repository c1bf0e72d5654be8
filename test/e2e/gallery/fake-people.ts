import type { ChatSettings, ChatType, Person } from "../../../src/protocol/chat.ts";
import type { NoticeContent } from "../../../src/protocol/content.ts";
import type { Role } from "../../../src/protocol/role.ts";
import type { InboxLine, MessageState, ScheduledLine, TimelineMessage } from "../../../web/sync/client.ts";

/** The people and talk of the gallery: own words, several scripts, long and short. */

const person = (n: number, username: string, name: string): Person => ({
  user_id: `u${String(n).padStart(16, "0")}`,
  username,
  display_name: name,
});

const mara = person(1, "mara", "Mara Lindqvist");
const idris = person(2, "idris", "Idris Okafor");
const layla = person(3, "layla", "ليلى حداد");
const tomas = person(4, "tomas", "Tomás Herrera");
const yuki = person(5, "yuki", "佐藤 由紀");
const nadia = person(6, "nadia", "Надія Коваль");
const felix = person(7, "felix", "Felix Brandt");
const priya = person(8, "priya", "Priya Raman");
const anke = person(9, "anke.von-der-heide", "Anke-Charlotte von der Heide-Wittelsbach");

export const ME = { ...mara, first_name: "Mara", last_name: "Lindqvist", status_message: "Tea first" };
export const PEOPLE: readonly Person[] = [mara, idris, layla, tomas, yuki, nadia, felix, priya, anke];
export const personOf = (id: string): Person => PEOPLE.find((one) => one.user_id === id) ?? mara;

export interface FakeLine {
  from: string;
  minutes_ago: number;
  text?: string;
  kind?: TimelineMessage["kind"];
  notice?: NoticeContent;
  state?: MessageState;
  /** Anything else that a message may show. */
  extra?: Partial<TimelineMessage>;
}

export interface FakeChat {
  chat_id: string;
  title: string;
  peer?: string;
  members: string[];
  description?: string;
  unread: number;
  draft?: string;
  typing?: string[];
  lines: FakeLine[];
  /** What Mara set for herself, and what her inbox says of it. */
  set?: Partial<InboxLine>;
  chat_type?: ChatType;
  /** Mara's. */
  my_role?: Role;
  settings?: Partial<ChatSettings>;
  scheduled?: readonly ScheduledLine[];
}

const say = (
  who: Person,
  minutes_ago: number,
  text: string,
  state?: MessageState,
  extra?: Partial<TimelineMessage>,
): FakeLine => ({
  from: who.user_id,
  minutes_ago,
  text,
  ...(state === undefined ? {} : { state }),
  ...(extra === undefined ? {} : { extra }),
});
const reaction = (emoji: string, ...people: Person[]) => ({
  emoji,
  count: people.length,
  is_own: people.includes(mara),
  user_ids: people.map((one) => one.user_id),
});
const FOREVER = "9999-01-01T00:00:00.000Z";
const notice = (who: Person, minutes_ago: number, content: Omit<NoticeContent, "actor_id">): FakeLine => ({
  from: who.user_id,
  minutes_ago,
  kind: "notice",
  notice: { ...content, actor_id: who.user_id },
});

const direct = (
  n: number,
  other: Person,
  rest: Omit<FakeChat, "chat_id" | "title" | "peer" | "members">,
): FakeChat => ({
  chat_id: `d${String(n).padStart(25, "0")}`,
  title: other.display_name,
  peer: other.user_id,
  members: [mara.user_id, other.user_id],
  ...rest,
});
const group = (
  n: number,
  title: string,
  members: Person[],
  rest: Omit<FakeChat, "chat_id" | "title" | "peer" | "members">,
): FakeChat => ({
  chat_id: `g${String(n).padStart(25, "0")}`,
  title,
  members: members.map((one) => one.user_id),
  ...rest,
});

const DAY = 24 * 60;
const inMinutes = (minutes: number): number => Date.now() + minutes * 60_000;
const show = (
  who: Person,
  minutes_ago: number,
  kind: TimelineMessage["kind"],
  extra: Partial<TimelineMessage>,
): FakeLine => ({
  from: who.user_id,
  minutes_ago,
  kind,
  extra: { ...(who === mara ? { state: "read" } : {}), ...extra },
});
const choice = (option_id: number, text: string, ...people: Person[]) => ({
  option_id,
  text,
  count: people.length,
  is_own: people.includes(mara),
  user_ids: people.map((one) => one.user_id),
});

export const CHATS: readonly FakeChat[] = [
  group(1, "Harbour walk ⛵", [mara, idris, layla, tomas, priya, felix], {
    description: "Sundays, ten o'clock, at the old crane. Bring something warm.",
    unread: 3,
    typing: [tomas.user_id],
    lines: [
      notice(mara, 3 * DAY, { event: "chat_created", name: "Harbour walk ⛵" }),
      notice(mara, 3 * DAY - 1, { event: "members_added", user_ids: [idris.user_id, layla.user_id, tomas.user_id] }),
      say(
        idris,
        DAY + 90,
        "Is the path along the north pier open again? Last time we had to go all the way round, which was lovely but also two hours longer than anybody had planned.",
      ),
      say(idris, DAY + 89, "I can ask at the harbour office."),
      say(layla, DAY + 70, "نعم، فُتح الأسبوع الماضي. مررت به أمس وكان رائعًا 🌊"),
      say(mara, DAY + 61, "Wonderful. Then the long way out and the short way back?"),
      say(mara, DAY + 60, "I'll bring the big thermos.", "read", {
        reactions: [reaction("❤️", idris, layla, tomas), reaction("🙏", priya)],
        edited_at: Date.now() - DAY * 60_000,
      }),
      { from: felix.user_id, minutes_ago: DAY + 55, kind: "deleted" },
      say(tomas, 95, "Yo llevo el pan. ¿Alguien tiene un cuchillo que corte de verdad?"),
      say(mara, 64, "I do. Map is here: https://example.org/harbour/north-pier?walk=long"),
      say(mara, 63, "🧭"),
      notice(mara, 60, { event: "role_changed", user_ids: [tomas.user_id], role: "moderator" }),
      say(priya, 22, "Can my sister come along?", undefined, { reactions: [reaction("👍", mara, idris)] }),
      say(priya, 21, "She walks faster than all of us, be warned.", undefined, { is_pinned: true }),
      say(tomas, 4, "Of course she can", undefined, {
        is_mention: true,
        reply_to: {
          message_id: "quoted",
          seq: 413,
          sender_id: priya.user_id,
          sender_name: priya.display_name,
          kind: "text",
          text: "Can my sister come along?",
        },
      }),
    ],
  }),
  direct(2, idris, {
    unread: 0,
    lines: [
      say(idris, 180, "Did the second draft reach you?"),
      say(mara, 176, "Yes! Reading it now. The opening is so much stronger.", "read"),
      say(idris, 170, "That was your idea 🙂"),
      say(
        mara,
        31,
        "One thing: in the third scene she already knows about the letter. Is that on purpose?\n\nIf not, moving two lines would do it.",
        "read",
      ),
      say(idris, 12, "Not on purpose at all. Good catch."),
      say(mara, 6, "Then I'll mark the place and send it back tonight.", "read", {
        reply_to: {
          message_id: "quoted",
          seq: 405,
          sender_id: idris.user_id,
          sender_name: idris.display_name,
          kind: "text",
          text: "Not on purpose at all. Good catch.",
        },
        edited_at: Date.now() - 60_000,
        reactions: [reaction("👍", idris), reaction("🎉", idris, mara)],
      }),
      say(mara, 5, "With tea stains, probably.", "delivered"),
      say(mara, 3, "Do you still have the map of the house?", "sent"),
    ],
  }),
  direct(3, layla, {
    unread: 12,
    lines: [
      say(mara, 300, "صباح الخير! هل وصلت الصور؟", "read"),
      say(layla, 41, "وصلت كلها، شكرًا جزيلًا. سأرسل لك المفضلة لدي هذا المساء 🌸"),
    ],
  }),
  direct(4, felix, {
    unread: 0,
    draft: "Would Thursday suit you, or is that",
    lines: [say(felix, 200, "Let me know about Thursday.")],
  }),
  group(5, "Kitchen renovation", [felix, mara, anke, nadia], {
    set: { muted_until: FOREVER, mention_seq: 400 },
    unread: 128,
    lines: [say(anke, 260, "The tiles are in. They are greener than in the picture, but I think that is good news?")],
  }),
  direct(6, yuki, {
    unread: 0,
    set: { is_marked_unread: true },
    lines: [say(yuki, DAY + 30, "明日の打ち合わせは十時からでお願いします。")],
  }),
  direct(7, nadia, {
    unread: 0,
    lines: [
      say(nadia, 2 * DAY, "Дякую за книгу!"),
      say(mara, 2 * DAY - 5, "Приємного читання.", "read"),
      say(mara, 14, "Are you still up for the concert?", "failed"),
      say(mara, 2, "I have two tickets.", "waiting"),
    ],
  }),
  direct(8, anke, {
    unread: 0,
    set: { is_pinned: true },
    lines: [say(mara, 5 * DAY, "See you on Saturday then", "delivered")],
  }),
  group(9, "Book circle", [priya, mara, yuki, tomas, nadia, idris, felix, anke, layla], {
    unread: 0,
    lines: [notice(priya, 12 * DAY, { event: "chat_renamed", name: "Book circle" })],
  }),
  direct(10, priya, { unread: 0, lines: [] }),
  group(12, "Boat house", [mara, idris, layla, tomas, priya, felix], {
    unread: 0,
    set: { scheduled_count: 1 },
    settings: { slow_mode_s: 30 },
    my_role: "member",
    scheduled: [
      {
        client_msg_id: "later-a",
        send_at: inMinutes(16 * 60),
        message_type: "text",
        content: { text: "Good morning! Who has the *key*?" },
        is_queued: false,
      },
      {
        client_msg_id: "later-b",
        send_at: inMinutes(3 * DAY),
        message_type: "sticker",
        content: { sticker_id: "coffee" },
        is_queued: true,
      },
    ],
    lines: [
      say(
        idris,
        90,
        "*Plan for Sunday* — _please read_, ~it is short~\n> Who has a knife?\nI do, and:\n- bread\n- cheese, the `hard` one\n1. meet at the crane\n2. walk",
        undefined,
        {
          thread: {
            reply_count: 3,
            last_reply_at: Date.now() - 12 * 60_000,
            last_reply_seq: 9_002,
            user_ids: [idris.user_id, mara.user_id, layla.user_id],
          },
        },
      ),
      say(
        mara,
        80,
        "```ts\n// how long it takes\nconst minutes = paths.map((one) => one.length / 80);\nreturn Math.max(...minutes);\n```",
      ),
      say(tomas, 70, "@Mara Lindqvist could you bring it? @channel be on time", undefined, {
        is_mention: true,
        mentions: [
          { offset: 0, length: 15, user_id: mara.user_id },
          { offset: 36, length: 8, everyone: "channel" },
        ],
      }),
      show(priya, 60, "poll", {
        poll: {
          question: "Which way back?",
          options: [
            choice(0, "Along the pier", mara, idris, layla),
            choice(1, "Over the hill", tomas),
            choice(2, "By ferry, if it runs on Sundays at all"),
          ],
          voter_count: 4,
          is_multiple: false,
          is_anonymous: false,
          is_closed: false,
          closes_at: inMinutes(DAY),
        },
      }),
      show(mara, 50, "poll", {
        poll: {
          question: "أي وقت يناسبكم؟",
          options: [choice(0, "٩:٠٠", layla), choice(1, "١٠:٠٠", idris, tomas)].map((one) => ({
            ...one,
            user_ids: [],
          })),
          voter_count: 3,
          is_multiple: true,
          is_anonymous: true,
          is_closed: true,
          closed_at: inMinutes(-30),
        },
      }),
      show(layla, 40, "location", {
        location: { latitude: 54.3233, longitude: 10.1394, accuracy_m: 20, label: "The old crane" },
      }),
      show(mara, 36, "contact", {
        contact: { name: felix.display_name, user_id: felix.user_id },
      }),
      show(priya, 35, "contact", {
        contact: { name: "Harbour office", phone: "+49 431 555 0100", email: "office@example.org" },
      }),
      show(tomas, 30, "sticker", { sticker_id: "thanks" }),
      show(mara, 29, "sticker", { sticker_id: "yes" }),
      say(idris, 20, "Timetable: https://example.org/ferry", undefined, {
        link_preview: {
          url: "https://example.org/ferry",
          title: "Ferry timetable, winter",
          description: "Boats leave the north pier every forty minutes, on Sundays every hour.",
          site_name: "example.org",
        },
      }),
      say(mara, 8, "This one goes away by itself", "read", { expires_at: inMinutes(42) }),
      say(priya, 5, "⛵🌊"),
    ],
  }),
  {
    ...group(13, "Harbour news", [idris, mara, layla, tomas], {
      unread: 0,
      my_role: "member",
      chat_type: "channel",
      lines: [
        notice(idris, 5 * DAY, { event: "chat_created", name: "Harbour news" }),
        say(idris, 400, "The *north pier* is open again from Monday."),
        say(idris, 30, "Ferry is late today by twenty minutes."),
      ],
    }),
    chat_id: `c${"13".padStart(25, "0")}`,
  },
  {
    ...direct(14, mara, { unread: 0, lines: [say(mara, 900, "Recipe: two parts flour, one part patience", "read")] }),
    members: [mara.user_id],
  },
  direct(15, tomas, { unread: 0, set: { is_blocked: true }, lines: [say(tomas, 9_000, "Hola")] }),
  group(11, "Old flat", [mara, felix, nadia], {
    unread: 0,
    set: { is_archived: true },
    lines: [say(felix, 80 * DAY, "Keys are back with the landlord.")],
  }),
];
