const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the quote is that ends the string of a JSON text which begins at `start`; behind the text if there is none. */
export function findStringEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) break;
    end += code === BACKSLASH ? 2 : 1;
  }
  return end;
}
