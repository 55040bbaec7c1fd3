import { findStringEnd } from "../json-text.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Says whether any object in a JSON text has a key twice, however it is written: JSON.parse keeps the last of them and other
 * readers the first, so that two could disagree on what was signed (RFC 8259 section 4). `value` is what JSON.parse made of
 * the text: behind each key stands a colon, so where there are no more of those than keys are left, none was there twice.
 */
export function hasKeyTwice(text: string, value: unknown): boolean {
  return countColons(text) > countKeys(value) && findKeyTwice(text);
}

function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) count++;
  return count;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  let count = Array.isArray(value) ? 0 : values.length;
  for (const each of values) count += countKeys(each);
  return count;
}

/** Goes through a text that is known to be JSON once, from one string or bracket to the next; every Connect may come by here. */
function findKeyTwice(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let keys: Set<string> | undefined;
  let start = 0;
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      start = i;
      end = findStringEnd(text, i);
      i = end;
    } else if (code === COLON) {
      const key = toKey(text.slice(start + 1, end));
      if (keys?.has(key)) return true;
      keys?.add(key);
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      open.push(keys);
      keys = code === OPEN_OBJECT ? new Set() : undefined;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) keys = open.pop();
  }
  return false;
}

function toKey(written: string): string {
  return written.includes("\\") ? JSON.parse(`"${written}"`) : written;
}
