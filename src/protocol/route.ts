import type * as z from "zod/mini";
import type { ErrorCode } from "./error.ts";

/** Who may call a route: anybody, a signed-in person, a member of the chat in the path (further rights are the chat's), or an administrator of the server. */
export type Access = "public" | "signed_in" | "member" | "admin";

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1` and `/api`; `:name` marks a parameter. */
  path: string;
  summary: string;
  access: Access;
  params?: z.ZodMiniType;
  query?: z.ZodMiniType;
  body?: z.ZodMiniType;
  /** Status of success and its `data`. */
  status: 200 | 201 | 101;
  data: z.ZodMiniType;
  /** Codes of its own, beside those of its access and of bad input. */
  errors: readonly ErrorCode[];
}
