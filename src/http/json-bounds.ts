import { findStringEnd } from "../json-text.ts";

/** What a JSON text may hold at most, for the time that it takes to read. */
export interface JsonBounds {
  /** Lists and objects inside of one another. */
  readonly maxDepth: number;
  /** Keys of all objects together. */
  readonly maxKeys: number;
}

/**
 * Bounds of the public API, whose calls need a few keys on four levels: 1 MiB of brackets or of different keys would hold the
 * event loop up for longer than all else that a body can be.
 */
export const PUBLIC_BOUNDS: JsonBounds = { maxDepth: 64, maxKeys: 10_000 };

const QUOTE = 0x22;
const COLON = 0x3a;

/** Says how a text exceeds the bounds, or nothing if it does not; goes through it once, whatever it is. */
export function findExcess(text: string, { maxDepth, maxKeys }: JsonBounds): string | undefined {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = findStringEnd(text, i);
    else if (code === COLON && ++keys > maxKeys) return `has more than ${maxKeys} keys`;
    // The brackets [ ] and { } differ in the bit that tells small letters from capitals.
    else if ((code | 0x20) === 0x7b && ++depth > maxDepth) return `is nested more than ${maxDepth} deep`;
    else if ((code | 0x20) === 0x7d) depth--;
  }
  return undefined;
}
