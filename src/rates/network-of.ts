const GROUPS = 8;
const COLON = 0x3a;
const PERCENT = 0x25;

/**
 * A text that is the same for all addresses that count as one: an IPv4 address as it is, for an IPv6 address, however it is
 * written, the four characters whose codes are its /64, of which a single household or machine has all addresses to choose from
 * (RFC 6177). One that stands for an IPv4 address (RFC 4291 section 2.5.5.2) counts as that.
 */
export function toNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const groups = toGroups(address.includes(".") ? withoutDots(address) : address);
  const [a = 0, b = 0, c = 0, d = 0, e, f, high = 0, low = 0] = groups;
  if (f === 0xffff && (a | b | c | d) === 0 && e === 0) return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  return String.fromCharCode(a, b, c, d);
}

/** The eight groups of 16 bits. Character by character: a flood comes by here with each request. */
function toGroups(address: string): readonly number[] {
  const groups: number[] = [];
  let gap = GROUPS;
  let value = 0;
  let digits = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === PERCENT) break;
    if (code !== COLON) {
      value = value * 16 + (code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57);
      digits++;
    } else if (digits > 0) {
      groups.push(value);
      value = 0;
      digits = 0;
    } else gap = groups.length;
  }
  if (digits > 0) groups.push(value);
  // Mostly the gap is behind what is asked for.
  if (groups.length === GROUPS || (gap >= 4 && groups[0] !== 0)) return groups;
  return [...groups.slice(0, gap), ...Array<number>(GROUPS - groups.length).fill(0), ...groups.slice(gap)];
}

/** The same address without an IPv4 address at its end. */
function withoutDots(address: string): string {
  const start = address.lastIndexOf(":") + 1;
  const [a = 0, b = 0, c = 0, d = 0] = address.slice(start).split(".").map(Number);
  return `${address.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
