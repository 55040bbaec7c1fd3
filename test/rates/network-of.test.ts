import { expect, test } from "bun:test";
import { toNetwork } from "../../src/rates/network-of.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
  ["", ""],
])("%p counts as the IPv4 address %p", (address, network) => {
  expect(toNetwork(address)).toBe(network);
});

test.each([
  ["2001:db8::1", "2001:0DB8:0000:0000:ffff:ffff:ffff:ffff", [0x2001, 0xdb8, 0, 0]],
  ["2001:db8:0:1::1", "2001:db8::1:0:0:0:2", [0x2001, 0xdb8, 0, 1]],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5::", [0x2001, 0xdb8, 1, 2]],
  ["2001:db8::1:2:3:4:5", "2001:db8:0:1::", [0x2001, 0xdb8, 0, 1]],
  ["::1", "::", [0, 0, 0, 0]],
  ["::1:2:3:4:5:6:7", "0:1:2:3::", [0, 1, 2, 3]],
  ["fe80::1%eth0", "fe80::2", [0xfe80, 0, 0, 0]],
  ["64:ff9b::192.0.2.1", "64:ff9b::1", [0x64, 0xff9b, 0, 0]],
  ["ffff:FFFF:ffff:ffff::1", "ffff:ffff:ffff:ffff::2", [0xffff, 0xffff, 0xffff, 0xffff]],
])("%s and %s are of one /64", (one, other, groups) => {
  expect(toNetwork(one)).toBe(String.fromCharCode(...groups));
  expect(toNetwork(other)).toBe(toNetwork(one));
});

test("every /64 counts by itself", () => {
  const networks = Array.from({ length: 70_000 }, (_, i) =>
    toNetwork(`2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`),
  );
  expect(new Set(networks).size).toBe(70_000);
});
