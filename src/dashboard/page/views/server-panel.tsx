import type { FeedServer } from "../../feed.ts";
import { diagnose } from "../model/diagnosis.ts";
import { findServer } from "../model/fleet-state.ts";
import { formatCount, formatDateTime, formatDuration, formatLoad } from "../model/format.ts";
import { rankCandidates, tellLeftOut, tellParts } from "../model/placement-parts.ts";
import { type Route, toHash } from "../model/route.ts";
import { STATE_LOOKS } from "../model/server-states.ts";
import { Stack } from "../parts/candidates.tsx";
import { useLive, useNow, useTools } from "../parts/context.tsx";
import { LoadBar, Sparkline } from "../parts/figures.tsx";
import { Heading, Listed, Loading, Section } from "../parts/frame.tsx";
import { Icon, StateBadge } from "../parts/icons.tsx";
import { useAnswer } from "../parts/pages.tsx";
import { RoomTable, useRooms } from "../parts/room-table.tsx";
import { ServerButtons } from "../parts/server-buttons.tsx";

/** All that is known of one server, what is wrong with it, and what can be done. */
export function ServerPanel({ route }: { readonly route: Route }) {
  const isKnown = useLive(({ fleet }) => fleet !== undefined);
  const server = useLive(({ fleet }) => fleet && findServer(fleet, route.id));
  if (server !== undefined) return <Panel server={server} />;
  return (
    <>
      <Heading title={route.id} />
      {isKnown ? (
        <p class="empty">
          This server is not known, or no longer: it was forgotten, or has been silent for long.{" "}
          <a href="#/fleet">See all servers</a>
        </p>
      ) : (
        <Loading />
      )}
    </>
  );
}

function Panel({ server }: { readonly server: FeedServer }) {
  return (
    <>
      <p class="crumb">
        <a href="#/fleet">Fleet</a> / {server.pool}
      </p>
      <Heading title={server.endpoint}>
        <StateBadge state={server.state} />
      </Heading>
      <DiagnosisCard server={server} />
      <div class="columns">
        <Section title="Load">
          <LoadBar load={server.load} estimate={server.estimate} tone={STATE_LOOKS[server.state].tone} />
          <div class="large">
            <Sparkline values={server.loads} slots={60} max={1} />
          </div>
          <p class="muted">The last {server.loads.length} reports; the top of the box is full.</p>
        </Section>
        <Section title="Figures">
          <Figures server={server} />
        </Section>
        <WhyCard server={server} />
      </div>
      <RoomsCard server={server} />
    </>
  );
}

function DiagnosisCard({ server }: { readonly server: FeedServer }) {
  const now = useNow();
  const { tone, headline, facts, advice } = diagnose(server, now);
  return (
    <section class={`card diagnosis ${tone}`} aria-label="What is wrong, and what helps">
      <p class="headline">
        <Icon name={tone === "good" ? "check" : server.state} />
        {headline}
      </p>
      {facts.map((fact) => (
        <p key={fact}>{fact}</p>
      ))}
      <p class="advice">{advice}</p>
      <ServerButtons server={server} isLarge />
    </section>
  );
}

function Figures({ server }: { readonly server: FeedServer }) {
  const now = useNow();
  const rows: [string, string][] = [
    ["Players", formatCount(server.peers)],
    ["Clients", formatCount(server.clients)],
    ["Rooms", formatCount(server.rooms)],
    ["Pending", `${formatCount(server.pending)} with a token, not there yet`],
    ["Tasks", `${formatCount(server.tasksWaiting)} waiting, ${formatCount(server.tasksSent)} on their way`],
    ["Last report", `${formatDuration(now - server.lastSeenMs)} ago (${formatDateTime(server.lastSeenMs)})`],
    ["Version", server.version || "–"],
    ["Tags", server.tags.join(", ") || "–"],
    ["Pool", server.pool],
  ];
  return (
    <dl class="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Reports that change nothing of note need no new explanation. */
function WhyCard({ server }: { readonly server: FeedServer }) {
  const { call } = useTools();
  const { pool, endpoint, state } = server;
  const answer = useAnswer(`${pool}/${endpoint}/${state}`, (signal) => call("ExplainPlacement", { pool }, signal));
  const ranked = rankCandidates(answer.value?.candidates ?? []);
  const own = ranked.find(({ candidate }) => candidate.endpoint === endpoint);
  return (
    <Section title="Why new rooms go here, or do not" side={<a href={toHash("why", { pool })}>Compare with all</a>}>
      <Listed pages={answer} empty="">
        {own ? (
          <>
            <p>{tellShare(own.share, tellLeftOut(own.candidate), ranked.length)}</p>
            <Stack candidate={own.candidate} scale={Math.max(1, own.candidate.estimate)} />
            <p class="muted">
              Estimate {formatLoad(own.candidate.estimate)}: {tellParts(own.candidate)}. A hundred clients add{" "}
              {formatLoad(own.candidate.cost * 100)}.
            </p>
          </>
        ) : (
          <p class="empty">Placement does not know this server.</p>
        )}
      </Listed>
    </Section>
  );
}

function tellShare(share: number, reason: string | undefined, servers: number): string {
  if (reason !== undefined) return `No new room goes here: it ${reason}.`;
  if (share === 0) return "New rooms go here only if no server has room left:";
  return `Of 100 new rooms, about ${Math.round(share * 100)} are offered to it first; ${servers} servers are in its pool.`;
}

function RoomsCard({ server }: { readonly server: FeedServer }) {
  const occasion = `${server.state} ${server.rooms === 0}`;
  const rooms = useRooms({ server: server.endpoint, pool: server.pool }, occasion);
  return (
    <Section title="Rooms" side={<a href={toHash("rooms", { server: server.endpoint })}>Search in them</a>}>
      <Listed pages={rooms} empty="It hosts no room.">
        <RoomTable rooms={rooms.items} isOnServer />
      </Listed>
    </Section>
  );
}
