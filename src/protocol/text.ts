import * as z from "zod/mini";

/** Something that can be seen: not only spaces, controls, joiners and other characters without a shape. */
export const isVisible = (text: string): boolean =>
  /[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text);

/**
 * A text on one line as a person writes it: well-formed, trimmed, no control characters, and nothing that turns the
 * direction of what is shown beside it (Unicode TR36: embeddings, overrides, isolates). Marks and joiners that scripts
 * and emoji need are left alone.
 */
export const line = (max: number) =>
  z.string().check(
    z.refine((text) => text.isWellFormed(), "not well-formed Unicode"),
    z.refine((text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text), "no control characters"),
    z.trim(),
    z.maxLength(max),
  );

/** The same with something to see in it. */
export const name = (max: number) => line(max).check(z.minLength(1), z.refine(isVisible, "nothing in it can be seen"));
