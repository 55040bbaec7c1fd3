import { describe, expect, test } from "bun:test";
import { METRICS, type MetricSpec } from "../../src/metrics/table.ts";

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly datasource?: unknown;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly datasource: unknown; readonly expr: string; readonly legendFormat: string }[];
}

const DATASOURCE = { type: "prometheus", uid: `\${datasource}` };
const specs: readonly MetricSpec[] = Object.values(METRICS);

/** Labels that the series of a name have, with those that Prometheus gives them. */
function labelsOf(name: string): string[] {
  const suffix = name.match(/_(bucket|sum|count)$/)?.[0] ?? "";
  const spec =
    specs.find((each) => each.name === name) ??
    specs.find((each) => each.type === "histogram" && each.name + suffix === name);
  if (!spec) throw new Error(`there is no metric ${name}`);
  return [...spec.labels, "instance", "job", ...(suffix === "_bucket" ? ["le"] : [])];
}

/** Labels that a query, and what is shown of it, uses although its metrics have none of that name. */
function findStrangeLabels(query: string, shown: readonly string[]): string[] {
  const names = [...query.matchAll(/\bodin_gateway_\w+/g)].map(([name]) => name);
  const selected = [...query.matchAll(/\b(odin_gateway_\w+)\{([^}]*)\}/g)].flatMap(([, name = "", inner = ""]) =>
    [...inner.matchAll(/(\w+)\s*[=!]~?/g)].map(([, label = ""]) => [name, label] as const),
  );
  const grouped = [...query.matchAll(/\b(?:by|on|ignoring|without) \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(/,\s*/),
  );
  // Of grouped series only those labels are left by which they were grouped.
  const isGrouped = /^\s*\w+ by \(/.test(query);
  const left = isGrouped ? grouped : names.flatMap(labelsOf);
  return [
    ...selected.filter(([name, label]) => !labelsOf(name).includes(label)).map(([name, label]) => `${name}{${label}}`),
    ...grouped.filter((label) => !names.some((name) => labelsOf(name).includes(label))),
    ...shown.filter((label) => !left.includes(label)),
  ];
}

describe("the dashboard", async () => {
  const { panels, templating } = (await Bun.file("packaging/grafana.json").json()) as {
    panels: readonly Panel[];
    templating: { list: readonly { name: string; type: string; query: unknown; datasource?: unknown }[] };
  };
  const graphs = panels.filter(({ type }) => type !== "row");

  test("gives every panel a title, a unit and a query", () => {
    expect(graphs.length).toBeGreaterThan(20);
    expect(panels.filter(({ title }) => title === "")).toEqual([]);
    expect(graphs.filter(({ fieldConfig }) => !fieldConfig?.defaults.unit)).toEqual([]);
    expect(graphs.filter(({ targets = [] }) => targets.some(({ legendFormat }) => !legendFormat))).toEqual([]);
  });

  test("takes its data from the source that whoever looks at it chooses, in every query", () => {
    expect(templating.list[0]).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
    for (const { title, datasource, targets = [] } of graphs) {
      for (const source of [datasource, ...targets.map((each) => each.datasource)])
        expect([title, source]).toEqual([title, DATASOURCE]);
    }
    for (const { name, datasource } of templating.list.slice(1)) expect([name, datasource]).toEqual([name, DATASOURCE]);
  });

  test("asks metrics only for labels that they have, and shows no others", () => {
    for (const { title, targets = [] } of graphs) {
      for (const { expr, legendFormat } of targets) {
        const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
        expect([title, findStrangeLabels(expr, shown)]).toEqual([title, []]);
      }
    }
    for (const { query } of templating.list.slice(1)) {
      const [, name = "", label = ""] = /label_values\((\w+), (\w+)\)/.exec(JSON.stringify(query)) ?? [];
      expect(labelsOf(name)).toContain(label);
    }
  });
});

describe("the alerts", async () => {
  const { groups } = Bun.YAML.parse(await Bun.file("packaging/alerts.yml").text()) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  test("ask metrics only for labels that they have, and name no others", () => {
    for (const { alert, expr, annotations } of rules) {
      const shown = [
        ...Object.values(annotations)
          .join(" ")
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, name = ""]) => name);
      expect([alert, findStrangeLabels(expr, shown)]).toEqual([alert, []]);
    }
  });

  test("have a row each in the manual, which has no row of another", async () => {
    const manual = await Bun.file("docs/operations.md").text();
    const rows = [...manual.matchAll(/^\| `(OdinGateway\w+)` \|/gm)].map(([, name = ""]) => name);
    expect(rows.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

test("strange labels are found", () => {
  expect(findStrangeLabels('odin_gateway_ready{pool="eu"}', ["server"])).toEqual([
    "odin_gateway_ready{pool}",
    "server",
  ]);
  expect(findStrangeLabels("sum by (pool) (odin_gateway_servers)", ["state"])).toEqual(["state"]);
  expect(findStrangeLabels("sum by (le) (odin_gateway_stalls_total)", [])).toEqual(["le"]);
  expect(() => findStrangeLabels("odin_gateway_nothing", [])).toThrow("there is no metric");
});
