import type { Part } from "../../src/domain/search-query.ts";

/** Two places of 65,536 for each beginning: half full with the words of some ten thousand messages. */
const BYTES = 8_192;
/** More than half of them, and a filter says "perhaps" so often that it is not worth its place. */
const MOST_SET = BYTES * 4;
/** Letters of a word that are kept, counted in UTF-16 units: a word is found by any beginning. */
const BEGINNINGS = [1, 2, 3, 5];
/** A byte behind the bits says that some words are missing: then the filter knows nothing. */
const IS_LACKING = 1;

/**
 * The beginnings of all words of a chat's index, in eight kilobytes (a Bloom filter). It says "no" for certain and "yes"
 * sometimes wrongly: a chat in which nobody ever said a word answers so without opening its index, which costs a
 * chat that was asleep more than waking.
 */
export class WordFilter {
  readonly #bytes: Uint8Array;
  /** Bits that are set; counted when it is first asked. */
  #set: number | undefined;

  constructor(bytes: Uint8Array = new Uint8Array(BYTES + 1)) {
    this.#bytes = bytes;
  }

  /** A filter as `stored` gave it; undefined if it is none. */
  static of(stored: ArrayBuffer): WordFilter | undefined {
    return stored.byteLength === BYTES + 1 ? new WordFilter(new Uint8Array(stored)) : undefined;
  }

  get stored(): ArrayBuffer {
    return this.#bytes.slice().buffer;
  }

  /** So many words that asking is of no use. */
  get isFull(): boolean {
    if (this.#set === undefined) {
      this.#set = 0;
      for (let at = 0; at < BYTES; at++) this.#set += ones(this.#bytes[at] ?? 0);
    }
    return this.#set > MOST_SET;
  }

  /** Some words are not given to it. */
  lacks(): void {
    this.#bytes[BYTES] = IS_LACKING;
  }

  add(word: string): void {
    for (const hash of hashes(word)) {
      this.#put(hash & 0xffff);
      this.#put(hash >>> 16);
    }
  }

  /** Can these be there, all of them? False is certain. */
  mayHold(parts: readonly Part[]): boolean {
    if (this.#bytes[BYTES] === IS_LACKING) return true;
    for (const { words } of parts) {
      for (const word of words) {
        for (const hash of hashes(word)) if (!this.#has(hash & 0xffff) || !this.#has(hash >>> 16)) return false;
      }
    }
    return true;
  }

  #put(bit: number): void {
    if (this.#has(bit)) return;
    this.#bytes[bit >>> 3] = (this.#bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    if (this.#set !== undefined) this.#set++;
  }

  #has(bit: number): boolean {
    return ((this.#bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}

/** A number of 32 bits for each beginning that is kept (FNV-1a, then stirred as MurmurHash3 ends). */
function* hashes(word: string): Generator<number> {
  let hash = 0x811c9dc5;
  const length = Math.min(word.length, BEGINNINGS.at(-1) ?? 0);
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    if (BEGINNINGS.includes(i + 1)) yield stir(hash);
  }
}

function stir(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
