import type { FeedServer } from "../../feed.ts";
import { formatClock, formatCount, formatDuration, formatLoad, formatMany } from "./format.ts";
import { STATE_LOOKS, type Tone } from "./server-states.ts";

/** What is to be said of a server, in plain words. */
export interface Diagnosis {
  readonly tone: Tone;
  /** What it is, in one sentence. */
  readonly headline: string;
  /** What follows from that, and what else stands out. */
  readonly facts: readonly string[];
  /** What an operator can do. */
  readonly advice: string;
}

/** Load from which on a server that takes rooms is called busy. */
const BUSY_LOAD = 0.8;
/** So far an estimate is above the load before it is worth a word. */
const NOTABLE_RISE = 0.1;

/** Says what is wrong with the server, if anything, and what helps. `now` is the gateway's, epoch milliseconds. */
export function diagnose(server: FeedServer, now: number): Diagnosis {
  const { tone } = STATE_LOOKS[server.state];
  const spoken = SPEAK[server.state](server, now);
  return { tone, ...spoken, facts: [...spoken.facts, ...tellTasks(server)] };
}

type Speak = (server: FeedServer, now: number) => Omit<Diagnosis, "tone">;

const SPEAK: Readonly<Record<FeedServer["state"], Speak>> = {
  enabled: speakOfEnabled,
  full: (server) => ({
    headline: `Full: load ${formatLoad(server.load)}, estimate ${formatLoad(server.estimate)}.`,
    facts: [
      "It gets no new rooms until its load has fallen.",
      `Its rooms stay (${tellRooms(server)}), and others can still join them.`,
    ],
    advice: "If players complain, move them off: their rooms open again on servers that have room. Or add a server.",
  }),
  draining: speakOfDraining,
  disabled: (server, now) => ({
    headline: `Has been silent for ${formatDuration(now - server.lastSeenMs)}: it gets no rooms, and players who ask for its rooms go elsewhere.`,
    facts: [
      `Its last report came at ${formatClock(server.lastSeenMs, now)}.`,
      `Of what it had, ${tellRooms(server)} have not moved yet: a room goes elsewhere when somebody asks for it.`,
    ],
    advice:
      "Look whether its process runs and reaches this gateway. It is back with its next report. If it will not come back, forget it.",
  }),
  keyless: () => ({
    headline: "Reports, but holds none of the keys in force: it would refuse every player, so it gets none.",
    facts: ["Players who ask for its rooms go elsewhere."],
    advice: "Restart it, so that it asks for its config and gets the keys.",
  }),
  registered: (server, now) => ({
    headline: `Asked for its config ${formatDuration(now - server.lastSeenMs)} ago and has not reported yet: it gets no rooms until it does.`,
    facts: [],
    advice: "A server reports a few seconds after it has started. If it does not, look into its log.",
  }),
};

function speakOfEnabled(server: FeedServer): Omit<Diagnosis, "tone"> {
  const { load, estimate, pending } = server;
  const facts: string[] = [];
  if (estimate - load >= NOTABLE_RISE) {
    const who = pending > 0 ? `${formatMany(pending, "player")} with a token` : "players of young rooms";
    facts.push(
      `Load ${formatLoad(load)}, and ${formatLoad(estimate)} once those are there who are on the way: ${who}.`,
    );
  }
  const players = server.peers > 0 && `${formatMany(server.peers, "player")} in ${formatMany(server.rooms, "room")}`;
  if (load >= BUSY_LOAD)
    return {
      headline: `Busy: load ${formatLoad(load)}. It reports, and still gets new rooms.`,
      facts,
      advice: players
        ? `If players complain, move its ${players} off.`
        : "It has no players: look what else its machine is busy with.",
    };
  return {
    headline: "As it should be: it reports, has capacity and gets new rooms.",
    facts,
    advice: players
      ? `If players complain all the same, the gateway cannot see why (their network, the machine). Moving the ${players} off gets them out of it.`
      : "It has no players now: there is nobody to move off.",
  };
}

function speakOfDraining(server: FeedServer, now: number): Omit<Diagnosis, "tone"> {
  const { rooms, drainUntilMs: until } = server;
  if (rooms === 0)
    return {
      headline: "Drained: it has no rooms and gets none.",
      facts: [],
      advice: "It can be stopped now, or put back to work: undrain it.",
    };
  if (until === null)
    return {
      headline: "Drains without a deadline: it gets no new rooms.",
      facts: [`Its rooms stay until they end by themselves (${tellRooms(server)}), and others can still join them.`],
      advice: "To have them off sooner, move the players off.",
    };
  if (until > now)
    return {
      headline: `Drains until ${formatClock(until, now)}, ${formatDuration(until - now)} from now: it gets no new rooms.`,
      facts: [`Then its rooms are closed, so that they move to other servers: ${tellRooms(server)}.`],
      advice: "To have them off sooner, move the players off now. To have it back, undrain it.",
    };
  return {
    headline: `Was to be empty by ${formatClock(until, now)}: with every report it is told to close its rooms.`,
    facts: [`Still there: ${tellRooms(server)}. Whoever asks for one of them goes elsewhere.`],
    advice: "This takes a report or two. If rooms stay, the server does not do what it is told: stop it.",
  };
}

function tellRooms({ rooms, peers }: FeedServer): string {
  return `${formatMany(rooms, "room")} with ${formatMany(peers, "player")}`;
}

function tellTasks({ tasksWaiting, tasksSent }: FeedServer): string[] {
  const facts: string[] = [];
  if (tasksWaiting > 0) facts.push(`${formatMany(tasksWaiting, "task waits", "tasks wait")} for its next report.`);
  if (tasksSent > 0) facts.push(`${formatCount(tasksSent)} went out to it and were not seen to arrive.`);
  return facts;
}
