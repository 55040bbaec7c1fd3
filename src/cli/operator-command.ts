import type { Command, Flag, FlagValues } from "./args.ts";
import { CommandError, EXIT, type Io, waitForStop } from "./io.ts";
import { createOperatorClient, GATEWAY_FLAGS, type OperatorClient } from "./operator-client.ts";
import { type Column, type Row, toCell, toTable } from "./table.ts";

/** What a person sees of an answer: lines, and below them a table. */
export interface View {
  readonly lines?: readonly string[];
  readonly columns?: readonly Column[];
  readonly rows?: readonly Row[];
  /** Why the answer is a no, if it is. */
  readonly failure?: string | undefined;
}

/** A command that asks a gateway something, and shows the answer. */
export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly positionals?: readonly string[];
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** Whether it is worth looking at again and again. */
  readonly isLive?: boolean;
  readonly ask: (call: OperatorClient, flags: FlagValues, positionals: readonly string[]) => Promise<Row>;
  readonly show: (answer: Row, flags: FlagValues) => View;
}

const JSON_FLAG = { json: { type: "boolean", help: "print JSON" } } as const satisfies Record<string, Flag>;
const WATCH_FLAG = {
  watch: { type: "boolean", help: "show it again every two seconds, until Ctrl-C" },
} as const satisfies Record<string, Flag>;
const WATCH_INTERVAL_MS = 2_000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J\u001b[3J";

/** Makes a command of an operation. */
export function toCommand(operation: Operation): Command {
  const { name, summary, positionals = [], flags = {}, examples, isLive = false, ask, show } = operation;
  return {
    name,
    summary,
    positionals,
    flags: { ...flags, ...JSON_FLAG, ...(isLive && WATCH_FLAG), ...GATEWAY_FLAGS },
    examples,
    async run(values, given, io) {
      const call = createOperatorClient(values, io);
      const render = async () => {
        const answer = await ask(call, values, given);
        const view = show(answer, values);
        const text = values.isSet("json")
          ? JSON.stringify(answer, null, values.isSet("watch") ? 0 : 2)
          : toText(view, io);
        return { text: text === "" ? "" : `${text}\n`, failure: view.failure };
      };
      if (values.isSet("watch")) return await watch(render, io, !values.isSet("json"));
      const { text, failure } = await render();
      io.out(text);
      if (failure !== undefined) throw new CommandError(EXIT.no, failure);
      return EXIT.ok;
    },
  };
}

/** Shows it until the process is to end. A gateway that is away for a while, as at a restart, does not end it. */
async function watch(render: () => Promise<{ text: string }>, io: Io, mayClear: boolean): Promise<number> {
  for (let isFirst = true; !io.stopped.aborted; isFirst = false) {
    try {
      const { text } = await render();
      io.out((io.isTerminal && mayClear ? CLEAR_SCREEN : "") + text);
    } catch (error) {
      if (io.stopped.aborted) break;
      if (isFirst || !(error instanceof CommandError && error.exitCode === EXIT.unavailable)) throw error;
      io.err(`odin-gateway: ${error.message}\n`);
    }
    await waitForStop(io, WATCH_INTERVAL_MS);
  }
  return EXIT.ok;
}

function toText({ lines = [], columns, rows = [] }: View, io: Io): string {
  const hasColors = io.isTerminal && !io.env.NO_COLOR && io.env.TERM !== "dumb";
  const width = io.isTerminal ? io.columns() : undefined;
  return [...lines.map(toCell), ...(columns ? toTable(columns, rows, { width, hasColors }) : [])].join("\n");
}
