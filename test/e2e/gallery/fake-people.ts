import type { Person } from "../../../src/protocol/chat.ts";
import type { NoticeContent } from "../../../src/protocol/content.ts";
import type { InboxLine, MessageState, TimelineMessage } from "../../../web/sync/client.ts";

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
  /** What Mara set for herself. */
  set?: Partial<Pick<InboxLine, "muted_until" | "is_pinned" | "is_archived" | "is_marked_unread" | "mention_seq">>;
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
  group(11, "Old flat", [mara, felix, nadia], {
    unread: 0,
    set: { is_archived: true },
    lines: [say(felix, 80 * DAY, "Keys are back with the landlord.")],
  }),
];
