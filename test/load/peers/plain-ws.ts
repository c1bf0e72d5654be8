import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** Node and `ws`, in memory: what a message costs where nothing is kept. A room is an array and a set. */
interface Room {
  log: { seq: number; id: string; text: string }[];
  readers: Set<WebSocket>;
}

const rooms = new Map<string, Room>();

function roomOf(url: URL): Room {
  const room = rooms.get(url.pathname) ?? { log: [], readers: new Set() };
  rooms.set(url.pathname, room);
  return room;
}

/** Serves on a free port of 127.0.0.1 and returns its origin. */
export async function serve(): Promise<string> {
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const before = Number(url.searchParams.get("before"));
    const messages = roomOf(url).log.slice(Math.max(0, before - 51), before - 1);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ messages }));
  });
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on("connection", (socket, request) => {
    const room = roomOf(new URL(request.url ?? "/", "http://127.0.0.1"));
    room.readers.add(socket);
    socket.on("close", () => room.readers.delete(socket));
    socket.on("message", (data) => {
      const { id, text } = JSON.parse(String(data)) as { id: string; text: string };
      const seq = room.log.push({ seq: room.log.length + 1, id, text });
      const news = JSON.stringify({ type: "message", seq, id, text });
      for (const reader of room.readers) reader.send(news);
      socket.send(JSON.stringify({ type: "ack", seq, id }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}
