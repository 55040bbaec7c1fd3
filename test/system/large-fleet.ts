import { readFileSync } from "node:fs";
import { USERS } from "../world.ts";

const ROOMS_PER_SERVER = 100;
const CONCURRENCY = 8;
/** Linux counts in ticks of so many milliseconds. */
const TICK_MS = 10;

/** Has servers report, those of these numbers, each with 100 rooms of four players. */
export async function reportServers(url: string, from: number, to: number): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) await report(url, next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

async function report(url: string, server: number): Promise<void> {
  const rooms = Array.from({ length: ROOMS_PER_SERVER }, (_, room) => ({
    id: ["acme", `s${server}-r${room}`],
    customer: "acme",
    age: { secs: 60, nanos: 0 },
    peers: 4,
  }));
  const response = await fetch(`${url}/internal`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`sfu:${USERS.sfu}`)}`, "content-type": "application/json" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "sfu.Report",
      params: {
        public_endpoint: `sfu${server}.example.com:4433`,
        version: "1.6.0",
        load: Math.random(),
        clients: 4 * ROOMS_PER_SERVER,
        rooms,
      },
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

/** Milliseconds of a core that a process has used so far. Source: proc(5), /proc/pid/stat. */
export function readCpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may have spaces and stands in brackets, come the third field and so on.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
