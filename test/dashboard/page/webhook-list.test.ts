import { expect, test } from "bun:test";
import { tellFailing } from "../../../src/dashboard/page/model/webhook-list.ts";

const one = { webhook: "ops.example.com#0", waiting: 12, lastError: "the answer was 503", failing: true };

test("webhooks that fail are told with what waits and why, those that get through are not", () => {
  expect(tellFailing([one, { ...one, webhook: "ops.example.com#1", failing: false }])).toEqual([
    {
      webhook: "ops.example.com#0",
      headline: "Webhook ops.example.com#0 does not take its messages:",
      detail: "12 wait. Last error: the answer was 503.",
    },
  ]);
  expect(tellFailing([{ ...one, waiting: 1 }])).toMatchObject([{ detail: expect.stringMatching(/^1 waits\. /) }]);
});
