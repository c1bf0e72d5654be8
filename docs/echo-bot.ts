// A bot that answers every text with the same text. What each line does is in docs/bot.md.
import { Parley } from "../src/protocol/sdk/parley.ts";

const { PARLEY_URL: url = "http://127.0.0.1:8787", BOT_LOGIN: login, BOT_PASSWORD: password } = process.env;
if (!login || !password) throw new Error("Set BOT_LOGIN and BOT_PASSWORD to the bot's account.");

const parley = await Parley.signIn({ url, login, password, deviceId: "echo-bot" });

const listening = parley.listen({
  async message(message) {
    if (!message.content || !("text" in message.content)) return;
    // The answer's id is made of the message's: it is sent once, however often the message is heard.
    await parley.reply(message, message.content.text);
  },
  state: (state) => console.log(state === "connected" ? "listening" : "waiting for the server"),
  error: (error) => console.error(error),
});

process.once("SIGINT", () => listening.stop());
process.once("SIGTERM", () => listening.stop());
