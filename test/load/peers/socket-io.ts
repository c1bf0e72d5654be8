import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

/** Socket.IO, in memory, over WebSocket alone; the acknowledgement is the library's own. */
interface Line {
  id: string;
  text: string;
}

/** Serves on a free port of 127.0.0.1 and returns its origin. */
export async function serve(): Promise<string> {
  const logs = new Map<string, (Line & { seq: number })[]>();
  const http = createServer();
  const io = new Server(http, {
    transports: ["websocket"],
    perMessageDeflate: false,
    serveClient: false,
  });
  io.on("connection", (socket) => {
    const room = String(socket.handshake.query.room);
    void socket.join(room);
    socket.on("message", ({ id, text }: Line, answer: (ack: { seq: number; id: string }) => void) => {
      const log = logs.get(room) ?? [];
      logs.set(room, log);
      const seq = log.push({ seq: log.length + 1, id, text });
      io.to(room).emit("message", { seq, id, text });
      answer({ seq, id });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}
