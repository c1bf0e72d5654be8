import * as z from "zod/mini";

/** Roles of K12, strongest first. What each may do is the table in `src/domain/rights.ts`. */
export const ROLES = ["owner", "admin", "moderator", "member"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;
