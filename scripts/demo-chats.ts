import type { SendableContent, SendableType } from "../src/protocol/content.ts";

/** What the demo people say to each other: a little of everything that a message can be. Our own words. */

/** Something sent that is no text. */
export interface DemoThing {
  message_type: Exclude<SendableType, "text">;
  content: SendableContent;
}

/** What became of a message after it was sent. People are named by username. */
export interface DemoSequel {
  /** The line that it answers, by its place in the chat, from 0. */
  reply_to?: number;
  is_pinned?: boolean;
  reactions?: Readonly<Record<string, readonly string[]>>;
  votes?: Readonly<Record<string, readonly number[]>>;
  /** Answers in its thread. */
  thread?: readonly (readonly [username: string, text: string])[];
}

export type DemoLine = readonly [username: string, said: string | DemoThing, sequel?: DemoSequel];

export interface DemoChat {
  /** Absent: a direct chat. */
  type?: "group" | "channel";
  /** Absent in a direct chat. */
  name?: string;
  description?: string;
  /** Listed in the directory, where anybody may join. */
  is_public?: boolean;
  /** Usernames; the first one makes the chat. */
  people: readonly [string, string, ...string[]];
  /** Who says what, in order. In a channel those who are not the maker only read. */
  messages: readonly DemoLine[];
  /** Waits for nine o'clock of the next day. */
  scheduled?: readonly [username: string, text: string];
}

export const DEMO_CHATS: readonly DemoChat[] = [
  {
    type: "channel",
    name: "Harbour news",
    description: "Tides, ferries, and what the gulls are up to.",
    is_public: true,
    people: ["june", "mara", "tomas", "priya", "oleh"],
    messages: [
      [
        "june",
        "The *early ferry* sails again from Monday, at 06:40. Bring your own coffee.",
        { reactions: { "⛴️": ["tomas", "oleh"] } },
      ],
      [
        "june",
        "> The sea is a patient neighbour.\nsays the new sign on pier 3. Nobody knows who put it there, and nobody wants it gone.",
      ],
      [
        "june",
        "This week's tides, high water:\n- Friday 07:12\n- Saturday 08:01\n- Sunday 08:49",
        { is_pinned: true, reactions: { "🙏": ["priya", "tomas"], "🌊": ["oleh"] } },
      ],
    ],
  },
  {
    type: "group",
    name: "Saturday walk 🥾",
    description: "Where we meet, when, and who brings the tea.",
    people: ["mara", "tomas", "june", "oleh", "yasmin"],
    messages: [
      [
        "mara",
        "Shall we try the ridge on Saturday? The forecast turned kind.",
        { reactions: { "🥾": ["tomas", "june"] } },
      ],
      ["tomas", "Yes! But not before nine, I have a heart."],
      ["june", "Nine is fine. I'll bring the big flask ☕", { reactions: { "❤️": ["mara", "yasmin"], "☕": ["oleh"] } }],
      ["oleh", "Я з вами. Візьму карту, бо минулого разу ми блукали дві години 😄"],
      ["mara", "We did not get lost. We explored.", { reply_to: 3, reactions: { "😂": ["oleh", "tomas", "june"] } }],
      ["yasmin", "سأنضم إليكم عند الجسر، الساعة التاسعة والنصف."],
      ["tomas", "Perfect, so: bridge at half past nine, and whoever is late carries the flask."],
      ["june", "That is how you get a cold flask, Tomás."],
      [
        "mara",
        "*Train at 08:52, platform 4*\nhttps://timetable.example/ridge-line",
        {
          is_pinned: true,
          thread: [
            ["june", "Does a dog need a ticket?"],
            ["oleh", "Half a ticket. The dog also looks only half as much out of the window."],
            ["mara", "I'll get the group ticket, dog included."],
          ],
        },
      ],
      [
        "june",
        {
          message_type: "poll",
          content: {
            question: "What do we eat up there?",
            options: ["Soup from the hut", "Bread and cheese", "Whatever Tomás carries"],
          },
        },
        { votes: { tomas: [0], oleh: [1], yasmin: [1], june: [2] } },
      ],
      ["tomas", { message_type: "sticker", content: { sticker_id: "thinking" } }],
      ["oleh", "👍"],
    ],
  },
  {
    type: "group",
    name: "Release table",
    description: "Small talk about shipping things.",
    people: ["priya", "haruka", "wenjie", "mara"],
    messages: [
      ["priya", "The freeze starts on *Thursday*. What is still open?"],
      ["haruka", "検索の並び順だけ残っています。今日中に直します。"],
      ["wenjie", "我这边测试都通过了，只差一张截图。"],
      ["mara", "I'd like one more look at the empty states, they are the first thing a stranger sees."],
      ["priya", "Good point. Can you do it by tomorrow noon?"],
      [
        "mara",
        "By eleven, and with pictures. My list:\n- the first sign-in\n- a search that finds nothing\n- ~the error page~ done",
      ],
      [
        "haruka",
        "```sql\nSELECT title FROM entry\nORDER BY score DESC, created_at DESC; -- the second half was missing\n```\nOne word a day, on average 🙈",
        { reactions: { "🎉": ["priya", "mara"], "😂": ["wenjie"] } },
      ],
      ["wenjie", "哈哈，三天的调试换来一行代码。"],
      ["priya", "बहुत बढ़िया! Thursday it is, then 🚀"],
    ],
  },
  {
    type: "group",
    name: "Flat 7 – Küche & Kram",
    people: ["tomas", "wenjie", "june"],
    messages: [
      ["tomas", "Wer hat den letzten Kaffee genommen und die leere Dose zurückgestellt?"],
      ["wenjie", "Das war ein Denkmal. Für bessere Zeiten."],
      ["june", "I'm at the shop. Beans, bread, and what else?"],
      ["tomas", "Lemons, and something green so that we can look at it."],
      ["june", "🍋🍋🥬 done"],
      ["wenjie", "Ich koche heute. 红烧茄子, um acht."],
    ],
  },
  {
    people: ["mara", "yasmin"],
    messages: [
      ["mara", "Did the exhibition open after all?"],
      ["yasmin", "نعم! كان المكان ممتلئًا حتى الباب 🎉"],
      ["yasmin", "And your lamp stands in the second room, everybody asks who made it."],
      ["mara", "Oh. I am sitting down now."],
      ["yasmin", "تعالي مساء الخميس، سيكون الجو أهدأ."],
      ["mara", "Thursday, gladly. I'll bring my mother, she pretends not to be proud."],
    ],
  },
  {
    people: ["haruka", "tomas"],
    messages: [
      ["haruka", "はじめまして！スペイン語の本、まだ貸してもらえますか？"],
      ["tomas", "¡Claro! It's on the shelf by the window, the one with the torn cover."],
      ["tomas", "La página 40 tiene café. Perdón."],
      ["haruka", "大丈夫です、歴史を感じます ☺️"],
    ],
  },
  {
    people: ["oleh", "mara"],
    messages: [
      ["oleh", "Маро, ти маєш ще той старий компас?"],
      ["mara", "Yes, in the drawer with the dead batteries. North is roughly where it says."],
      ["oleh", "«Приблизно північ» — чудова назва для гурту."],
      ["mara", "First album: Slightly East."],
    ],
    scheduled: ["mara", "The compass is in my bag. See you at the bridge."],
  },
  {
    people: ["priya", "june"],
    messages: [
      ["june", "How is the balcony jungle?"],
      ["priya", "टमाटर आखिरकार लाल हो गए! Eleven of them. I counted twice."],
      ["june", "Eleven! That is almost a salad 🍅"],
      ["priya", "It is exactly one salad. You're invited to look at it."],
    ],
  },
];
