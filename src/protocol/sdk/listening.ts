import { decodeDown, HEARTBEAT, SUBPROTOCOL, type UnknownFrame } from "../codec.ts";
import type { DownFrame } from "../down.ts";
import { ACKNOWLEDGE_EVERY, HEARTBEAT_MS } from "../limits.ts";
import type { Message } from "../message.ts";
import type { UpFrame } from "../up.ts";
import type { Output } from "./calls.ts";
import { type Camel, toCamel } from "./case.ts";

/** What a program does about what it hears. */
export interface Listener {
  /**
   * A message by somebody else, in the order of its chat. When this has resolved the message counts as read; if it throws, or
   * the program ends before, the message comes again with the next start: answer it under an id made from its own.
   */
  message?(message: Camel<Message>): void | Promise<void>;
  /** Every frame, as it came. */
  frame?(frame: Camel<DownFrame>): void;
  /** The socket was opened, or was lost and will be opened again. */
  state?(state: "connected" | "waiting"): void;
  /** What `message` threw, or a session that has ended (`session_revoked`): then nothing more is heard. */
  error?(error: unknown): void;
}

export interface Listening {
  stop(): void;
}

/** What listening needs of the client. */
export interface Line {
  address: string;
  userId: string;
  token(): string;
  renew(): Promise<void>;
  history(chatId: string, afterSeq: number): Promise<Output<"history">>;
}

/** Where a program stands in one chat. */
interface Place {
  epoch: string;
  rev: number;
  /** Everything up to here was heard. */
  heard: number;
  unacknowledged: number;
  work: Promise<void>;
}

type Heard = Camel<Message>;

/** Longest pause before the next attempt. */
const LONGEST_PAUSE_MS = 30_000;

/** Keeps one socket open over all chats, follows each chat's clock without a hole, and hands over messages in order. */
export function listen(listener: Listener, line: Line): Listening {
  const places = new Map<string, Place>();
  const asked = new Set<string>();
  let socket: WebSocket | undefined;
  let isStopped = false;
  let failures = 0;
  let lastHeard = 0;

  const send = (frame: UpFrame): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };

  /** One question per chat is under way at a time. */
  const catchUp = (chat_id: string): void => {
    if (asked.has(chat_id)) return;
    asked.add(chat_id);
    const place = places.get(chat_id);
    send({ type: "CATCH_UP", chat_id, ...(place ? { epoch: place.epoch, rev: place.rev } : {}) });
  };

  const hear = (chatId: string, rows: readonly Heard[]): void => {
    const place = places.get(chatId);
    if (place) place.work = place.work.then(() => tell(chatId, place, rows));
  };

  const tell = async (chatId: string, place: Place, rows: readonly Heard[]): Promise<void> => {
    for (const row of rows) {
      if (row.seq <= place.heard) continue;
      place.heard = row.seq;
      if (row.senderId === line.userId || row.messageType === "system" || row.content === null) continue;
      try {
        await listener.message?.(row);
        send({ type: "MESSAGE_READ", chat_id: chatId, seq: row.seq });
      } catch (error) {
        listener.error?.(error);
      }
    }
  };

  /** What lies between the last message that was heard and a snapshot is fetched in pages. */
  const fill = (chatId: string, place: Place, rows: readonly Heard[]): void => {
    const first = rows[0]?.seq ?? 1;
    place.work = place.work
      .then(async () => {
        while (place.heard + 1 < first) {
          const page = await line.history(chatId, place.heard);
          if (page.messages.length === 0) break;
          await tell(
            chatId,
            place,
            page.messages.filter((row) => row.seq < first),
          );
          place.heard = Math.max(place.heard, Math.min(first - 1, page.messages.at(-1)?.seq ?? first));
        }
        await tell(chatId, place, rows);
      })
      .catch((error: unknown) => listener.error?.(error));
  };

  const serve = (frame: DownFrame | UnknownFrame): void => {
    if (frame.type === "UNKNOWN") {
      const place = frame.news && places.get(frame.news.chat_id);
      if (frame.news && place && frame.news.base <= place.rev) place.rev = Math.max(place.rev, frame.news.rev);
      return;
    }
    listener.frame?.(toCamel(frame));
    switch (frame.type) {
      case "CONNECTED":
        failures = 0;
        asked.clear();
        for (const chatId of places.keys()) catchUp(chatId);
        listener.state?.("connected");
        return;
      case "INBOX_SNAPSHOT":
      case "INBOX_CHANGED":
        for (const { chat_id, unread, is_removed } of frame.entries) {
          if (is_removed) places.delete(chat_id);
          else if (unread > 0 && !places.has(chat_id)) catchUp(chat_id);
        }
        return;
      case "SNAPSHOT": {
        asked.delete(frame.chat_id);
        const read = frame.receipts.find((one) => one.user_id === line.userId)?.read_seq ?? 0;
        const fresh = { epoch: frame.epoch, rev: frame.rev, heard: read, unacknowledged: 0, work: Promise.resolve() };
        const place = places.get(frame.chat_id) ?? fresh;
        // Numbers of another life of the chat name other messages.
        if (place.epoch !== frame.epoch) Object.assign(place, { epoch: frame.epoch, heard: read });
        place.rev = frame.rev;
        places.set(frame.chat_id, place);
        fill(frame.chat_id, place, toCamel(frame.messages));
        return;
      }
      case "MESSAGE_RECEIVED":
      case "MESSAGES_CHANGED":
      case "MEMBERS_CHANGED":
      case "CHAT_CHANGED":
      case "RECEIPTS_CHANGED":
      case "CAUGHT_UP": {
        if (frame.type === "CAUGHT_UP") asked.delete(frame.chat_id);
        const place = places.get(frame.chat_id);
        if (!place || frame.base > place.rev) {
          catchUp(frame.chat_id);
          return;
        }
        if (frame.rev <= place.rev) return;
        place.rev = frame.rev;
        if (++place.unacknowledged >= ACKNOWLEDGE_EVERY / 2) {
          place.unacknowledged = 0;
          send({ type: "ACKNOWLEDGE", chat_id: frame.chat_id, rev: frame.rev });
        }
        hear(frame.chat_id, toCamel(frame.type === "MESSAGE_RECEIVED" ? [frame.message] : (frame.messages ?? [])));
        return;
      }
      case "ERROR":
        if (frame.chat_id !== undefined) asked.delete(frame.chat_id);
        if (frame.code === "session_revoked") stop(new Error(frame.message));
    }
  };

  const dial = (): void => {
    if (isStopped) return;
    const opened = new WebSocket(line.address, [SUBPROTOCOL]);
    socket = opened;
    lastHeard = Date.now();
    // In the first frame: not every runtime's sockets can send a header, and a token never stands in an address.
    opened.addEventListener("open", () => send({ type: "CONNECT", token: line.token() }));
    opened.addEventListener("message", ({ data }) => {
      lastHeard = Date.now();
      for (const frame of decodeDown(String(data))) serve(frame);
    });
    opened.addEventListener("close", () => {
      if (socket !== opened || isStopped) return;
      socket = undefined;
      listener.state?.("waiting");
      // Full jitter, so that a restart of the server is not met by all at once (K19).
      const pause = Math.random() * Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** failures++);
      const renewed = failures > 1 ? line.renew().catch(() => undefined) : Promise.resolve();
      setTimeout(() => void renewed.then(dial), pause);
    });
  };

  const heartbeat = setInterval(() => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - lastHeard > 2.5 * HEARTBEAT_MS) socket.close();
    else socket.send(HEARTBEAT);
  }, HEARTBEAT_MS);

  function stop(error?: unknown): void {
    isStopped = true;
    clearInterval(heartbeat);
    socket?.close();
    if (error !== undefined) listener.error?.(error);
  }

  dial();
  return { stop: () => stop() };
}
