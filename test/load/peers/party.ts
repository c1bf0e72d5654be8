import { type Connection, routePartykitRequest, Server } from "partyserver";

interface Env extends Cloudflare.Env {
  Room: DurableObjectNamespace<Room>;
}

/** A minimal PartyServer room with the floor's promise: one row, then broadcast and acknowledgement. */
export class Room extends Server<Env> {
  static override options = { hibernate: true };

  override onStart(): void {
    this.sql`CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)`;
  }

  override onMessage(connection: Connection, data: string): void {
    const { id, text } = JSON.parse(data) as { id: string; text: string };
    const [row] = this.sql<{ seq: number }>`INSERT INTO message (body) VALUES (${data}) RETURNING seq`;
    const seq = row?.seq;
    this.broadcast(JSON.stringify({ type: "message", seq, id, text }));
    connection.send(JSON.stringify({ type: "ack", seq, id }));
  }

  override onRequest(request: Request): Response {
    const before = Number(new URL(request.url).searchParams.get("before"));
    const page = this.sql<{ seq: number; body: string }>`
      SELECT seq, body FROM message WHERE seq < ${before} ORDER BY seq DESC LIMIT 50`;
    const messages = page.map(({ seq, body }) => ({ seq, ...JSON.parse(body) }));
    return Response.json({ messages: messages.reverse() });
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    return (await routePartykitRequest(request, env)) ?? new Response(null, { status: 404 });
  },
} satisfies ExportedHandler<Env>;
