/** Who and what an empty local store is filled with. Invented people, our own words. */

/**
 * Shared by all demo people, printed at every start, and no secret. Demo accounts are marked as such
 * and refused outside local mode, so that this password opens nothing anywhere else.
 */
export const DEMO_PASSWORD = "parley-demo-2026";
/** Addresses of demo people; reserved by RFC 2606, so no mail can ever be delivered there. */
export const DEMO_DOMAIN = "demo.parley.example";

export interface DemoPerson {
  username: string;
  /** As the person writes it. */
  name: string;
}

export interface DemoChat {
  /** Absent in a direct chat. */
  name?: string;
  description?: string;
  /** Usernames; the first one makes the chat. */
  people: readonly [string, string, ...string[]];
  /** Who says what, in order. */
  messages: readonly (readonly [username: string, text: string])[];
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { username: "mara", name: "Mara Lindqvist" },
  { username: "tomas", name: "Tomás Ibarra" },
  { username: "yasmin", name: "ياسمين حداد" },
  { username: "haruka", name: "森田 はるか" },
  { username: "oleh", name: "Олег Ковальчук" },
  { username: "priya", name: "प्रिया नायर" },
  { username: "wenjie", name: "陈文杰" },
  { username: "june", name: "June Okafor 🌱" },
];

/** Who decides about reports in local mode. */
export const LOCAL_ADMIN = "mara";

export const DEMO_CHATS: readonly DemoChat[] = [
  {
    name: "Saturday walk 🥾",
    description: "Where we meet, when, and who brings the tea.",
    people: ["mara", "tomas", "june", "oleh", "yasmin"],
    messages: [
      ["mara", "Shall we try the ridge on Saturday? The forecast turned kind."],
      ["tomas", "Yes! But not before nine, I have a heart."],
      ["june", "Nine is fine. I'll bring the big flask ☕"],
      ["oleh", "Я з вами. Візьму карту, бо минулого разу ми блукали дві години 😄"],
      ["mara", "We did not get lost. We explored."],
      ["yasmin", "سأنضم إليكم عند الجسر، الساعة التاسعة والنصف."],
      ["tomas", "Perfect, so: bridge at half past nine, and whoever is late carries the flask."],
      ["june", "That is how you get a cold flask, Tomás."],
      ["mara", "Train at 08:52, platform 4:\nhttps://timetable.example/ridge-line"],
      ["oleh", "👍"],
    ],
  },
  {
    name: "Release table",
    description: "Small talk about shipping things.",
    people: ["priya", "haruka", "wenjie", "mara"],
    messages: [
      ["priya", "The freeze starts on Thursday. What is still open?"],
      ["haruka", "検索の並び順だけ残っています。今日中に直します。"],
      ["wenjie", "我这边测试都通过了，只差一张截图。"],
      ["mara", "I'd like one more look at the empty states, they are the first thing a stranger sees."],
      ["priya", "Good point. Can you do it by tomorrow noon?"],
      ["mara", "By eleven, and with pictures."],
      ["haruka", "`order by score desc, created_at desc` — nothing more was missing 🙈"],
      ["wenjie", "哈哈，三天的调试换来一行代码。"],
      ["priya", "बहुत बढ़िया! Thursday it is, then 🚀"],
    ],
  },
  {
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
