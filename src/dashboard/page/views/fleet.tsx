import { useMemo, useRef, useState } from "preact/hooks";
import { findClosedPools, tellClosedPool } from "../model/closed-pools.ts";
import { formatCount, formatMany } from "../model/format.ts";
import { type Route, toServerName } from "../model/route.ts";
import { chooseColumn, keepOrder, matchesServer, pickBest, type Sorting, sortServers } from "../model/server-list.ts";
import { isProblem, parseState, STATE_LOOKS, STATES } from "../model/server-states.ts";
import { useLive } from "../parts/context.tsx";
import { FilterChoice, FilterField } from "../parts/filter-field.tsx";
import { Heading, Loading } from "../parts/frame.tsx";
import { Icon } from "../parts/icons.tsx";
import { go, refine } from "../parts/route.tsx";
import { ServerTable } from "../parts/server-table.tsx";
import { Totals } from "../parts/totals.tsx";

const STEP = 100;
const STATE_OPTIONS = STATES.map((state) => ({ value: state, label: STATE_LOOKS[state].word }));

/** All servers, what is wrong first. */
export function FleetView({ route }: { readonly route: Route }) {
  const servers = useLive(({ fleet }) => fleet?.servers);
  const pools = useLive(({ fleet }) => fleet?.pools);
  const [sorting, setSorting] = useState<Sorting>({ key: "state", isDescending: false });
  const [limit, setLimit] = useState(STEP);
  const [isHeld, setHeld] = useState(false);
  const { q: text = "", pool } = route.query;
  const state = parseState(route.query.state);
  const order = useRef<readonly string[]>([]);

  const rows = useMemo(() => {
    const found = [...(servers?.values() ?? [])].filter((server) => matchesServer(server, { text, state, pool }));
    const sorted = isHeld ? keepOrder(found, order.current) : sortServers(found, sorting);
    order.current = sorted.map(({ id }) => id);
    return sorted;
  }, [servers, text, state, pool, sorting, isHeld]);

  if (servers === undefined)
    return (
      <>
        <Heading title="Fleet" />
        <Loading />
      </>
    );
  const best = pickBest(rows);
  return (
    <>
      <Heading title="Fleet">
        <Verdict />
      </Heading>
      <Totals />
      <div class="tools">
        <FilterField
          hasKey
          label="Find a server: address, tag, version"
          value={text}
          onChange={(q) => refine(route, { q })}
          onEnter={() => best && go("server", {}, toServerName(best))}
        />
        <FilterChoice
          label="State"
          all="all states"
          value={state ?? ""}
          options={STATE_OPTIONS}
          onChange={(value) => refine(route, { state: value })}
        />
        <FilterChoice
          label="Pool"
          all="all pools"
          value={pool ?? ""}
          options={(pools ?? []).map((name) => ({ value: name, label: name }))}
          onChange={(value) => refine(route, { pool: value })}
        />
        <span class="muted">
          {rows.length === servers.size
            ? formatMany(rows.length, "server")
            : `${formatCount(rows.length)} of ${formatMany(servers.size, "server")}`}
        </span>
        {isHeld && <span class="muted held">order held while you are in the table</span>}
      </div>
      {servers.size === 0 && <NoServers />}
      {servers.size > 0 && rows.length === 0 && (
        <p class="empty">
          No server is like that.{" "}
          <button type="button" onClick={() => refine(route, { q: "", state: "", pool: "" })}>
            Show all
          </button>
        </p>
      )}
      {rows.length > 0 && (
        <ServerTable
          servers={rows.slice(0, limit)}
          sorting={sorting}
          onSort={(key) => {
            setHeld(false);
            setSorting(chooseColumn(sorting, key));
          }}
          onHold={setHeld}
        />
      )}
      {rows.length > limit && (
        <p class="more">
          <button type="button" onClick={() => setLimit(limit + STEP)}>
            Show {formatCount(Math.min(STEP, rows.length - limit))} more of {formatCount(rows.length - limit)}
          </button>
        </p>
      )}
    </>
  );
}

/** In one sentence, whether anything is wrong. */
function Verdict() {
  const servers = useLive(({ fleet }) => fleet?.servers);
  const pools = useLive(({ fleet }) => fleet?.pools) ?? [];
  const closed = servers === undefined ? [] : findClosedPools({ pools, servers });
  const problems = [...(servers?.values() ?? [])].filter(({ state }) => isProblem(state));
  if (servers?.size === 0) return <p class="verdict">There are no servers.</p>;
  if (problems.length === 0 && closed.length === 0)
    return (
      <p class="verdict good">
        <Icon name="check" /> Nothing is wrong with the servers.
      </p>
    );
  const parts = STATES.filter(isProblem).flatMap((state) => {
    const count = problems.filter((server) => server.state === state).length;
    return count === 0 ? [] : [`${count} ${STATE_LOOKS[state].word}`];
  });
  const needs = problems.length === 1 ? "1 server needs" : `${problems.length} servers need`;
  const attention = problems.length === 0 ? [] : [`${needs} attention: ${parts.join(", ")}.`];
  return (
    <p class="verdict bad">
      <Icon name="warning" /> {[...closed.map(tellClosedPool), ...attention].join(" ")}
    </p>
  );
}

function NoServers() {
  return (
    <p class="empty">
      No server has called this gateway yet. A server comes into this list when it asks for its config: its
      <code> supervisor </code> has to name this gateway's <code>/internal</code>.
    </p>
  );
}
