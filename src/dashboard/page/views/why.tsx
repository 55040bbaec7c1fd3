import { useState } from "preact/hooks";
import { formatCount, formatMany } from "../model/format.ts";
import type { Placement } from "../model/methods.ts";
import { rankCandidates, tellNoneDrawn } from "../model/placement-parts.ts";
import { type Route, toHash } from "../model/route.ts";
import { CandidateRow, PartLegend } from "../parts/candidates.tsx";
import { useLive, useTools } from "../parts/context.tsx";
import { FilterChoice } from "../parts/filter-field.tsx";
import { Heading, Listed, ShowMore } from "../parts/frame.tsx";
import { useAnswer } from "../parts/pages.tsx";
import { go } from "../parts/route.tsx";

const STEP = 100;
const ASKED = ["room", "customer", "namespace"] as const;

/** Where a room is or a new one would go, and what speaks for and against every server. */
export function WhyView({ route }: { readonly route: Route }) {
  const { call } = useTools();
  const pools = useLive(({ fleet }) => fleet?.pools) ?? [];
  const { room, customer, namespace, pool } = route.query;
  const query = {
    ...(room && { room_id: room }),
    ...(customer && { customer }),
    ...(namespace && { namespace }),
    ...(pool && { pool }),
  };
  const answer = useAnswer(JSON.stringify(query), (signal) => call("ExplainPlacement", query, signal));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value).trim()]);
    go("why", { pool, ...Object.fromEntries(entries) });
  };
  return (
    <>
      <Heading title="Why">
        <p class="muted">Why a room is where it is, or where a new one would go, server by server.</p>
      </Heading>
      <form class="tools" key={JSON.stringify(query)} onSubmit={submit}>
        {ASKED.map((name) => (
          <label key={name} class="asked">
            {name}
            <input
              name={name}
              autocomplete="off"
              placeholder="any"
              defaultValue={route.query[name] ?? ""}
              data-filter={name === "room" ? "" : undefined}
            />
          </label>
        ))}
        {pools.length > 1 && (
          <FilterChoice
            label="Pool"
            all="default pool"
            value={pool ?? ""}
            options={pools.map((name) => ({ value: name, label: name }))}
            onChange={(value) => go("why", { ...route.query, pool: value })}
          />
        )}
        <button type="submit" class="primary">
          Explain
        </button>
      </form>
      <Listed pages={answer} empty="">
        {answer.value && <Picture placement={answer.value} room={room} />}
      </Listed>
    </>
  );
}

function Picture({ placement, room }: { readonly placement: Placement; readonly room: string | undefined }) {
  const [limit, setLimit] = useState(STEP);
  const ranked = rankCandidates(placement.candidates);
  const scale = Math.max(1, ...placement.candidates.map(({ estimate }) => estimate)) * 1.02;
  return (
    <>
      <p class="verdict">{tellPlace(placement, room, ranked.filter(({ share }) => share > 0).length)}</p>
      <PartLegend />
      {ranked.length === 0 && <p class="empty">There is no server in this pool.</p>}
      <ol class="candidates">
        {ranked.slice(0, limit).map(({ candidate, share }) => (
          <li key={candidate.endpoint} class={candidate.endpoint === placement.host ? "host" : ""}>
            <a href={toHash("fleet", { q: candidate.endpoint })}>{candidate.endpoint}</a>
            {candidate.endpoint === placement.host && <strong class="tag">hosts the room</strong>}
            <CandidateRow candidate={candidate} share={share} scale={scale} />
          </li>
        ))}
      </ol>
      {ranked.length > limit && <ShowMore onClick={() => setLimit(limit + STEP)} />}
    </>
  );
}

function tellPlace(
  { host, namespace, customer, expectedPeers, candidates }: Placement,
  room: string | undefined,
  drawn: number,
) {
  const whose =
    customer === undefined
      ? ""
      : ` of customer ${customer}${namespace === customer ? "" : ` (namespace ${namespace})`}`;
  if (host !== undefined) return `Room ${room ?? ""}${whose} is on ${host}; whoever asks for it goes there.`;
  const what = room === undefined ? "A new room" : `Room ${room} is not open. A new one`;
  const size = `It is expected to reach ${formatMany(Math.round(expectedPeers), "player")}.`;
  if (candidates.length === 0) return `${what}${whose} has no server to go to.`;
  return drawn === 0
    ? `${what}${whose} ${tellNoneDrawn(candidates)} ${size}`
    : `${what}${whose} goes to one of ${formatCount(drawn)} servers: two are drawn by weight, and the emptier one is taken. ${size}`;
}
