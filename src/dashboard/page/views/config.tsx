import { reloadAction } from "../model/actions.ts";
import { formatDateTime } from "../model/format.ts";
import type { ReloadReport } from "../model/methods.ts";
import { useLive, useTools } from "../parts/context.tsx";
import { Heading, Listed, Section } from "../parts/frame.tsx";
import { Icon } from "../parts/icons.tsx";
import { useAnswer } from "../parts/pages.tsx";
import { WebhookTable } from "../parts/webhook-table.tsx";

/** Which config is in force, how the last attempt to change it went, and how the webhooks are doing that it names. */
export function ConfigView() {
  const { call, ask } = useTools();
  const reloadedAt = useLive(({ fleet }) => fleet?.reload?.at ?? "");
  const status = useAnswer(`config ${reloadedAt}`, (signal) => call("ConfigStatus", {}, signal));
  const webhooks = useAnswer("webhooks", async (signal) => (await call("Webhooks", {}, signal)).webhooks);
  const { source, inForceSince, lastReload } = status.value ?? {};
  return (
    <>
      <Heading title="Config">
        <button type="button" class="primary" onClick={() => ask(reloadAction)}>
          Reload …
        </button>
      </Heading>
      <Listed pages={status} empty="">
        <Section title="In force">
          {source === undefined ? (
            <p class="empty">This gateway was not started from a config that can be reloaded.</p>
          ) : (
            <dl class="figures">
              <div>
                <dt>Read from</dt>
                <dd>
                  <code>{source}</code>
                </dd>
              </div>
              <div>
                <dt>Since</dt>
                <dd>{inForceSince && formatDateTime(inForceSince)}</dd>
              </div>
            </dl>
          )}
        </Section>
        <Section title="The last reload">
          {lastReload ? <Report report={lastReload} /> : <p class="empty">It was not reloaded since the start.</p>}
        </Section>
      </Listed>
      <Section title="Webhooks">
        <Listed pages={webhooks} empty="">
          <WebhookTable webhooks={webhooks.value ?? []} />
        </Listed>
      </Section>
    </>
  );
}

const OUTCOMES = {
  applied: { tone: "good", icon: "check", word: "applied" },
  unchanged: { tone: "good", icon: "check", word: "nothing had changed" },
  failed: { tone: "bad", icon: "warning", word: "failed: what was in force stays in force" },
} as const;

function Report({ report }: { readonly report: ReloadReport }) {
  const { tone, icon, word } = OUTCOMES[report.outcome];
  return (
    <>
      <p class={`state ${tone}`}>
        <Icon name={icon} />
        {word}
      </p>
      <p class="muted">
        {formatDateTime(report.at)}, asked for by {report.trigger}
      </p>
      {report.reason !== undefined && <pre class="bad">{report.reason}</pre>}
      <Lines title="Changed" lines={report.changed} />
      <Lines title="Changed, but counts only after a restart" lines={report.needsRestart} />
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="lines">
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
