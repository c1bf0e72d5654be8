import { expect, it } from "vitest";
import { asFault, errorFrame, Fault } from "../../src/domain/fault.ts";
import { CLOSE, ERRORS } from "../../src/protocol/error.ts";

it("FLT1 a fault that lost its prototype over RPC is still known by name and code", () => {
  const crossed = Object.assign(new Error("too fast"), {
    name: "Fault",
    code: "rate_limited",
    retry_after: 3,
    details: { a: 1 },
  });
  const fault = asFault(crossed);
  expect(fault).toBeInstanceOf(Fault);
  expect(fault).toMatchObject({ code: "rate_limited", retry_after: 3, details: { a: 1 }, message: "too fast" });
});

it("FLT2 nothing else is taken for one", () => {
  for (const thrown of [new Error("x"), null, "Fault", { name: "Fault", code: "no such code" }, { code: "invalid" }]) {
    expect(asFault(thrown)).toBeUndefined();
  }
});

it("FLT3 the frame says what the fault says and no more", () => {
  expect(errorFrame(new Fault("forbidden"), { client_msg_id: "a" })).toEqual({
    type: "ERROR",
    code: "forbidden",
    message: ERRORS.forbidden.says,
    client_msg_id: "a",
  });
});

it("FLT4 every close code of the table is one that clients are told of", () => {
  const told = new Set<number>(Object.values(CLOSE));
  for (const [code, row] of Object.entries(ERRORS)) if ("close" in row) expect(told.has(row.close), code).toBe(true);
});
