import { expect, it } from "vitest";
import { ChatName, Description } from "../../src/protocol/chat.ts";
import { MessageText } from "../../src/protocol/content.ts";
import { ROUTES } from "../../src/protocol/rest.ts";
import { PersonName } from "../../src/protocol/user.ts";

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, text: string) =>
  schema.safeParse(text).success;

it("LIN1 a name shows something and turns nothing around", () => {
  for (const good of ["Saturday walk 🥾", "ياسمين حداد", "प्रिया", "👨‍👩‍👧", "O’Brien-Łuk"])
    expect(accepts(ChatName, good), good).toBe(true);
  for (const bad of [
    "",
    "  ",
    "\u200b\u200d",
    "\u2800\u3164".slice(1),
    "a\u202eb",
    "a\u2067b",
    "a\nb",
    "a\u0000b",
    "\ud800",
  ]) {
    expect(accepts(ChatName, bad), JSON.stringify(bad)).toBe(false);
  }
});

it("LIN2 what may be empty may not be broken either", () => {
  expect(accepts(PersonName, "")).toBe(true);
  expect(accepts(PersonName, "a\u202e")).toBe(false);
  expect(accepts(Description, "two\nlines")).toBe(true);
  expect(accepts(Description, "\udfff")).toBe(false);
  const status = (text: string) => ROUTES.setStatus.body.safeParse({ status_message: text }).success;
  expect([status("on a boat"), status("\ud800"), status("a\u0007b")]).toEqual([true, false, false]);
});

it("LIN3 a message has something to see", () => {
  for (const bad of ["", " \n", "\u200b", "\u00ad\u2060"])
    expect(accepts(MessageText, bad), JSON.stringify(bad)).toBe(false);
  for (const good of ["a", "🏳️‍🌈", "\u200fשלום", "۰"]) expect(accepts(MessageText, good), good).toBe(true);
});
