import * as z from "zod/mini";
import { PAGE_DEFAULT, PAGE_MAX } from "./limits.ts";

/** Rows per page, 1 to 100, 50 if absent. */
export const limit = z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(PAGE_MAX)), PAGE_DEFAULT);
/** Opaque: what the page before gave as `next_cursor`. */
export const cursor = z.optional(z.string().check(z.minLength(1), z.maxLength(200)));
