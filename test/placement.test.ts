import { expect, test } from "bun:test";
import { createWorld } from "./world.ts";

test("200 Connects for new rooms between two reports spread evenly over equal servers", async () => {
  await using world = createWorld();
  const servers = Array.from({ length: 10 }, (_, i) => `sfu${i}.test:4433`);
  for (const endpoint of servers) await world.report(endpoint, [], { load: 0.3, clients: 150 });
  const counts = new Map(servers.map((endpoint) => [endpoint, 0]));
  for (let i = 0; i < 200; i++) {
    const { body } = await world.call(await world.token(`room-${i}`, `user-${i}`), "Connect");
    const { address } = body.result;
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(200);
  expect(Math.max(...counts.values()) / (200 / servers.length)).toBeLessThanOrEqual(1.15);
});
