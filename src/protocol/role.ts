import * as z from "zod/mini";

/** Roles of K12, strongest first: a guest takes part without inviting anybody, who is restricted only reads. What each may do is the table in `src/domain/rights.ts`. */
export const ROLES = ["owner", "admin", "moderator", "member", "guest", "restricted"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;
