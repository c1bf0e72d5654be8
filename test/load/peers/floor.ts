import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOMS: DurableObjectNamespace<Room>;
}

/**
 * The floor: the smallest object that keeps Parley's promise. One row per message, one broadcast, one
 * acknowledgement; the platform's output gate holds both sends until the row is durable.
 */
export class Room extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  }

  override fetch(request: Request): Response {
    const before = new URL(request.url).searchParams.get("before");
    if (before !== null) return this.#history(Number(before));
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  override webSocketMessage(socket: WebSocket, data: string): void {
    const { id, text } = JSON.parse(data) as { id: string; text: string };
    const { seq } = this.ctx.storage.sql
      .exec<{ seq: number }>("INSERT INTO message (body) VALUES (?) RETURNING seq", data)
      .one();
    const news = JSON.stringify({ type: "message", seq, id, text });
    for (const reader of this.ctx.getWebSockets()) reader.send(news);
    socket.send(JSON.stringify({ type: "ack", seq, id }));
  }

  #history(before: number): Response {
    const page = this.ctx.storage.sql.exec<{ seq: number; body: string }>(
      "SELECT seq, body FROM message WHERE seq < ? ORDER BY seq DESC LIMIT 50",
      before,
    );
    const messages = page.toArray().map(({ seq, body }) => ({ seq, ...JSON.parse(body) }));
    return Response.json({ messages: messages.reverse() });
  }
}

export default {
  fetch(request, env): Promise<Response> {
    return env.ROOMS.get(env.ROOMS.idFromName(new URL(request.url).pathname)).fetch(request);
  },
} satisfies ExportedHandler<Env>;
