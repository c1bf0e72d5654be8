import { faultOf, redirectFault } from "../domain/address-guard.ts";
import type { LinkPreview } from "../protocol/content.ts";
import { wordsOfPage } from "./page-words.ts";

/** Redirects that are followed, each judged like the first address. */
const REDIRECTS = 3;
/** Of a page only its beginning is read: what it says of itself stands there. */
const PAGE_BYTES = 262_144;
/** For everything together. */
const DEADLINE_MS = 5_000;

/** What is used of `fetch`. Tests of what a page says inject one; the guard stands before it either way. */
export type Fetcher = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Fetches what a page says of itself, or undefined if it may not be fetched, is not there, or says nothing. Never throws:
 * a message is as good without. The address is judged before every request, redirects are followed by hand.
 */
export async function fetchPreview(url: string, fetcher: Fetcher): Promise<LinkPreview | undefined> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const page = await open(url, fetcher, signal);
    return page && wordsOfPage(await readPage(page), url);
  } catch {
    return undefined;
  }
}

async function open(url: string, fetcher: Fetcher, signal: AbortSignal): Promise<Response | undefined> {
  let address = url;
  if (faultOf(address) !== undefined) return undefined;
  for (let followed = 0; followed <= REDIRECTS; followed++) {
    const response = await fetcher(address, {
      signal,
      redirect: "manual",
      headers: { accept: "text/html,application/xhtml+xml", "user-agent": "ParleyLinkPreview/1.0" },
    });
    const next = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel();
      if (!URL.canParse(next, address)) return undefined;
      const target = new URL(next, address).href;
      if (redirectFault(address, target) !== undefined) return undefined;
      address = target;
      continue;
    }
    if (response.status === 200 && isPage(response)) return response;
    await response.body?.cancel();
    return undefined;
  }
  return undefined;
}

const isPage = (response: Response): boolean =>
  /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get("content-type") ?? "");

/** The beginning of a page, decoded as its header or its own first lines say (WHATWG Encoding). */
async function readPage(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  while (size < PAGE_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
  }
  await reader.cancel();
  const bytes = new Uint8Array(Math.min(size, PAGE_BYTES));
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes.byteLength - at);
    bytes.set(part, at);
    at += part.byteLength;
  }
  return decoderFor(response, bytes).decode(bytes);
}

function decoderFor(response: Response, bytes: Uint8Array): TextDecoder {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  const inHeader = /charset=["']?([\w.:-]+)/i.exec(response.headers.get("content-type") ?? "")?.[1];
  const label = inHeader ?? /<meta[^>]+charset=["']?\s*([\w.:-]+)/i.exec(head)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
