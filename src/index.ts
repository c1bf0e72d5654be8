// Placeholder until the Worker lands: proves that the chain of tools works.
import { DurableObject } from "cloudflare:workers";

export { ChatObject } from "../durable-objects/chat/chat-object.ts";
export { UserObject } from "../durable-objects/user/user-object.ts";
export class GuardObject extends DurableObject {}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/api/v1/health") return Response.json({ success: true, data: { status: "ok", mode: "local" } });
    return new Response("not found", { status: 404 });
  },
};
