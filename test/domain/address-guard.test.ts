import { describe, expect, it } from "vitest";
import { faultOf, redirectFault } from "../../src/domain/address-guard.ts";
import { FORGED_TARGETS } from "../harness/forged-targets.ts";

describe("addresses that the server may fetch", () => {
  it.each(FORGED_TARGETS)("ADR1 refuses %s", (address) => {
    expect(faultOf(address)).toBeDefined();
  });

  it("ADR1 there are at least forty of them, all different", () => {
    expect(new Set(FORGED_TARGETS).size).toBeGreaterThanOrEqual(40);
  });

  it.each([
    "https://example.com",
    "http://example.com/a?b#c",
    "https://example.com:443/",
    "http://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://[2001:4860:4860::8888]/",
    "https://bücher.example/über",
    "https://例え.jp/",
    "https://172.15.0.1.example.org/",
    "http://172.32.0.1/",
    "http://11.0.0.1/",
  ])("ADR2 lets %s pass", (address) => {
    expect(faultOf(address)).toBeUndefined();
  });

  it("ADR3 an encrypted page leads only to encrypted ones", () => {
    expect(redirectFault("https://example.com/", "http://example.com/")).toBe("scheme");
    expect(redirectFault("http://example.com/", "https://example.com/")).toBeUndefined();
    expect(redirectFault("https://example.com/", "https://10.0.0.1/")).toBe("private_address");
  });

  it("ADR1 says why", () => {
    expect(faultOf("ftp://example.com/")).toBe("scheme");
    expect(faultOf("https://me@example.com/")).toBe("credentials");
    expect(faultOf("https://example.com:8443/")).toBe("port");
    expect(faultOf("http://2130706433/")).toBe("private_address");
    expect(faultOf("http://printer.local/")).toBe("private_name");
    expect(faultOf(`https://example.com/${"a".repeat(3_000)}`)).toBe("not_an_address");
  });
});
