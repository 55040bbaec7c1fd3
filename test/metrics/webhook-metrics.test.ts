import { expect, test } from "bun:test";
import { createMetricsRegistry } from "../../src/metrics/registry.ts";
import { createWebhookCounters } from "../../src/metrics/webhook-metrics.ts";

test("webhooks have series from zero on, and none when they are gone", async () => {
  const registry = createMetricsRegistry();
  const counters = createWebhookCounters(registry);
  const lines = async () => (await registry.toText(() => {})).split("\n").filter((line) => line.includes("webhook="));
  counters.onWebhooks(["a#0", "b#1"]);
  counters.onDelivered("a#0", 20);
  counters.onRetry("b#1");
  counters.onGivenUp("b#1", "full");
  expect(await lines()).toContain('odin_gateway_webhook_delivered_total{webhook="a#0"} 1');
  expect(await lines()).toContain('odin_gateway_webhook_retries_total{webhook="a#0"} 0');
  expect(await lines()).toContain('odin_gateway_webhook_delivery_duration_seconds_sum{webhook="a#0"} 0.02');
  expect(await lines()).toContain('odin_gateway_webhook_given_up_total{webhook="b#1",reason="full"} 1');
  counters.onWebhooks(["b#0"]);
  expect((await lines()).filter((line) => /a#0|b#1/.test(line))).toEqual([]);
  expect((await lines()).filter((line) => line.includes('"b#0"')).length).toBe(5);
});
