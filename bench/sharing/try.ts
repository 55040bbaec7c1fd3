import { startRedis } from "../../test/system/redis/redis-server.ts";
import { createChildren } from "../processes/children.ts";
import { comparePlacement } from "./placement.ts";

await using children = createChildren();
const redis = await startRedis(children, { appendOnly: false });
const t = performance.now();
for (const r of await comparePlacement({
  redis: redis.url,
  seeds: 1,
  counts: [2],
  progress: (x) => console.error(Math.round((performance.now() - t) / 1000), x),
}))
  console.log(r);
