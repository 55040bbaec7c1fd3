import { BlockList, isIP } from "node:net";

/** A set of IP networks. */
export interface NetworkSet {
  readonly size: number;
  /** Says whether the address, IPv4, IPv6 or IPv4-mapped, is in one of the networks. */
  readonly has: (address: string) => boolean;
}

/** Creates a set out of networks in CIDR notation (RFC 4632); a bare address stands for itself. Throws on anything else. */
export function createNetworkSet(cidrs: readonly string[]): NetworkSet {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", prefix, ...rest] = cidr.split("/");
    const family = toFamily(address);
    const bits = prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix);
    if (family === undefined || rest.length > 0 || prefix === "" || !Number.isInteger(bits)) {
      throw new Error(`"${cidr}" is not a network in CIDR notation`);
    }
    list.addSubnet(address, bits, family);
  }
  return {
    size: cidrs.length,
    has(address) {
      const plain = stripMapping(address);
      const family = toFamily(plain);
      return family !== undefined && list.check(plain, family);
    },
  };
}

const LOOPBACK = createNetworkSet(["127.0.0.0/8", "::1"]);

/** Says whether an address belongs to the loopback interface. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.has(address);
}

/** An IPv4 address that a dual-stack socket shows as `::ffff:a.b.c.d`, without that prefix; others as they are. */
export function stripMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

function toFamily(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}
