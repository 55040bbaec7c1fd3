import { expect, test } from "bun:test";
import { createReportWriter } from "../../bench/reports/report-body.ts";

const fleet = { servers: 10, roomsPerServer: 20 };
const read = (body: Buffer) => JSON.parse(body.toString()).params;

test("a report has the server's own address and rooms, and the age that was told", () => {
  const params = read(createReportWriter(fleet, 0.1)({ server: 7, ageSec: 1234, turn: 0 }));
  expect(params).toMatchObject({ public_endpoint: "sfu00007.bench:4433", clients: 200 });
  expect(params.rooms).toHaveLength(20);
  expect(params.rooms[19]).toEqual({
    id: ["bench", "s00007-r00019"],
    customer: "bench",
    age: { secs: 1234, nanos: 123_456_789 },
    peers: 10,
  });
});

test("from one report to the next that share of the rooms has other peers", () => {
  const write = createReportWriter(fleet, 0.1);
  const peers = (turn: number) =>
    read(write({ server: 1, ageSec: 1000, turn })).rooms.map((room: { peers: number }) => room.peers);
  const [first, second, third] = [peers(0), peers(1), peers(2)];
  expect(second.filter((value: number, room: number) => value !== first[room])).toHaveLength(2);
  expect(third).toEqual(first);
  const unchanged = createReportWriter(fleet, 0);
  expect(read(unchanged({ server: 1, ageSec: 1000, turn: 0 }))).toEqual(
    read(unchanged({ server: 1, ageSec: 1000, turn: 1 })),
  );
});
