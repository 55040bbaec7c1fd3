import { expect, test } from "bun:test";
import { drawCost, drawLatency } from "../../bench/output/charts.ts";

test("charts have a line for each of what is compared, and every point within the picture", () => {
  const point = (perSecond: number) => ({
    perSecond,
    gateway: { p50: 200, p99: perSecond },
    limit: { p50: 100, p99: perSecond / 2 },
  });
  const costs = [100, 1_000, 10_000].map((servers) => ({ servers, usPerRoom: 1.5 }));
  for (const [chart, lines] of [
    [drawLatency([500, 2_500, 5_000].map(point)), 4],
    [drawCost(costs), 1],
  ] as const) {
    expect(chart.match(/<polyline/g)).toHaveLength(lines);
    for (const [, x, y] of chart.matchAll(/cx="([^"]+)" cy="([^"]+)"/g)) {
      expect(Number(x)).toBeWithin(0, 721);
      expect(Number(y)).toBeWithin(0, 401);
    }
  }
});
