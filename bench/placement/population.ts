import type { Random } from "../../src/clock.ts";
import type { WorldRoom } from "./world-server.ts";

/** A game, whose players all ask one gateway unless they are spread over all. */
export interface Customer {
  readonly id: string;
  readonly gateway: number;
  readonly share: number;
  /** Median size of its rooms. */
  readonly roomSize: number;
  maxPeers: number;
  connected: number;
}

/** A room that is to be opened, and how many want to be in it. */
export interface Opening {
  readonly room: WorldRoom;
  readonly size: number;
}

/** Who comes, by chance. */
export interface Population {
  readonly customers: readonly Customer[];
  /** Mean size of a room. */
  readonly meanSize: number;
  /** A room of one of the customers that opens at `now` (epoch milliseconds). */
  readonly drawRoom: (now: number) => Opening;
}

const MAX_ROOM = 150;
const MEDIAN_ROOM = 4;
const CUSTOMERS = 12;
const CUSTOMER_SPREAD = 0.4;
const ROOM_SPREAD = 0.92;
const SIZE_SAMPLES = 20_000;

/** A number drawn from the normal distribution of mean 0 and deviation 1 (Box and Muller). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Creates the customers, spread over the gateways. */
export function createPopulation(random: Random, gateways: number): Population {
  const customers = Array.from({ length: CUSTOMERS }, (_, i): Customer => {
    const share = (i % 4) + 1;
    const roomSize = MEDIAN_ROOM * Math.exp(CUSTOMER_SPREAD * drawNormal(random));
    return {
      id: `c${i}`,
      gateway: i % gateways,
      share,
      roomSize,
      maxPeers: Number.POSITIVE_INFINITY,
      connected: 0,
    };
  });
  const shares = customers.reduce((sum, { share }) => sum + share, 0);
  let rooms = 0;

  function drawCustomer(): Customer {
    let point = random() * shares;
    for (const customer of customers) {
      point -= customer.share;
      if (point < 0) return customer;
    }
    throw new Error("a point beyond all shares");
  }

  function drawSize(customer: Customer): number {
    const size = Math.round(customer.roomSize * Math.exp(ROOM_SPREAD * drawNormal(random)));
    return Math.min(Math.max(size, 1), MAX_ROOM);
  }

  function drawRoom(now: number): Opening {
    const customer = drawCustomer();
    return { room: { name: `r${rooms++}`, customer, openedAt: now }, size: drawSize(customer) };
  }

  const sizes = Array.from({ length: SIZE_SAMPLES }, () => drawSize(drawCustomer()));
  const meanSize = sizes.reduce((sum, size) => sum + size, 0) / SIZE_SAMPLES;
  return { customers, meanSize, drawRoom };
}
