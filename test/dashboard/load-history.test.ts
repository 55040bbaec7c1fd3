import { expect, test } from "bun:test";
import { createLoadHistory, type ReportedLoad } from "../../src/dashboard/load-history.ts";
import { toServerId } from "../../src/fleet/ids.ts";

const id = toServerId("default", "sfu1:4433");
const server: ReportedLoad = { id, phase: "enabled", load: 1 / 3, lastSeenAt: 0 };

test("a load is noted once for each report, in thousandths, and 60 of them are kept", () => {
  const history = createLoadHistory();
  history.note([server]);
  history.note([server]);
  expect(history.loadsOf(id)).toEqual([0.333]);
  for (let i = 1; i <= 100; i++) history.note([{ ...server, load: i / 1_000, lastSeenAt: i }]);
  expect(history.loadsOf(id)).toEqual(Array.from({ length: 60 }, (_, index) => (41 + index) / 1_000));
});

test("a server that has only registered has reported no load yet", () => {
  const history = createLoadHistory();
  history.note([{ ...server, phase: "registered", load: 0 }]);
  expect(history.loadsOf(id)).toEqual([]);
  history.note([{ ...server, lastSeenAt: 1 }]);
  expect(history.loadsOf(id)).toEqual([0.333]);
});

test("a server that is gone is forgotten, and begins anew when it comes back", () => {
  const history = createLoadHistory();
  history.note([server, { ...server, id: toServerId("default", "sfu2:4433") }]);
  history.note([{ ...server, id: toServerId("default", "sfu2:4433") }]);
  expect(history.loadsOf(id)).toEqual([]);
  history.note([{ ...server, load: 0.5, lastSeenAt: 2 }]);
  expect(history.loadsOf(id)).toEqual([0.5]);
});
