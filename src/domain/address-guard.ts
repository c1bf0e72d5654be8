/**
 * Which addresses the server may fetch for somebody: public web pages, on their usual ports. Everything else would let a
 * stranger use the server to reach what only the server can (server-side request forgery, OWASP SSRF).
 *
 * This judges what an address says. What a *name* resolves to is judged by the runtime's network rule: on the platform no
 * private network can be reached, and locally the host is started with public addresses alone.
 */

/** Why an address is not fetched. */
export type AddressFault = "not_an_address" | "scheme" | "credentials" | "port" | "private_address" | "private_name";

/** Longer ones are no addresses of pages. */
const ADDRESS_CHARS = 2_048;

/** Ends of names that never lead to the public web (RFC 6761, 6762, 7686, 8375, and what networks use for themselves). */
const PRIVATE_ENDS: ReadonlySet<string> = new Set([
  ...["localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa"],
  ...["test", "invalid", "onion", "alt", "cluster", "svc", "consul", "docker"],
]);

/** IPv4 blocks that are not public (IANA special-purpose registry, RFC 6890), as first address and length of prefix. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/**
 * Judges an address. Undefined: it may be fetched. All notations of a number (decimal, octal, hexadecimal, short) and of
 * dots are one here, because `URL` has brought the host into its canonical form (WHATWG URL, section 3.5).
 */
export function faultOf(address: string): AddressFault | undefined {
  if (address.length > ADDRESS_CHARS || !URL.canParse(address)) return "not_an_address";
  const { protocol, username, password, port, hostname } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:") return "scheme";
  if (username !== "" || password !== "") return "credentials";
  if (port !== "") return "port";
  const host = hostname.replace(/\.+$/, "");
  if (host.startsWith("[")) return isPublicV6(host.slice(1, -1)) ? undefined : "private_address";
  const v4 = numberOf(host);
  if (v4 !== undefined) return isPublicV4(v4) ? undefined : "private_address";
  return isPublicName(host) ? undefined : "private_name";
}

/** May a page at `from` lead on to `to`? Never from an encrypted page to one that is not. */
export const redirectFault = (from: string, to: string): AddressFault | undefined =>
  from.startsWith("https:") && to.startsWith("http:") ? "scheme" : faultOf(to);

function numberOf(host: string): number | undefined {
  const parts = host.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

const isPublicV4 = (address: number): boolean =>
  PRIVATE_V4.every(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) !== Math.floor((numberOf(first) ?? 0) / size);
  });

/** Global unicast (2000::/3) without tunnels, documentation and benchmarks, which hide another address or lead nowhere. */
function isPublicV6(host: string): boolean {
  const [first = 0, second = 0] = groupsOf(host);
  if (first < 0x2000 || first > 0x3fff) return false;
  // 2001::/23 (Teredo, ORCHID, benchmarks), 2001:db8::/32, 2002::/16 (6to4), 3fff::/20.
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return false;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

/** The eight groups of an address in canonical form (RFC 5952). */
function groupsOf(host: string): number[] {
  const [head = "", tail] = host.split("::");
  const read = (side: string): number[] =>
    side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16));
  const [left, right] = [read(head), read(tail ?? "")];
  return tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** At least two labels, and an end that the public web has. */
function isPublicName(host: string): boolean {
  const labels = host.split(".");
  const end = labels.at(-1) ?? "";
  return labels.length >= 2 && labels.every((label) => label !== "") && !PRIVATE_ENDS.has(end) && !/^\d/.test(end);
}
