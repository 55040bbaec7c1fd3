import { describe, expect, test } from "bun:test";
import { createCounter, createHistogram } from "../../src/metrics/series.ts";

const spec = { name: "m", type: "counter", help: "a metric", labels: ["a", "b"] } as const;

describe("a counter", () => {
  test("adds up by its labels, in whichever order they come", () => {
    const counter = createCounter(spec);
    counter.add({ a: "1", b: "2" }, 1);
    counter.add({ b: "2", a: "1" }, 2);
    counter.add({ a: "12", b: "" }, 0.5);
    counter.add({ a: "1", b: "3" }, 1);
    expect(counter.toLines()).toEqual(['m{a="1",b="2"} 3', 'm{a="1",b="3"} 1', 'm{a="12",b=""} 0.5']);
    counter.forget({ a: "1", b: "2" });
    expect(counter.toLines()).toEqual(['m{a="1",b="3"} 1', 'm{a="12",b=""} 0.5']);
    counter.forget({ a: "1", b: "3" });
    counter.forget({ a: "1", b: "3" });
    expect(counter.toLines()).toEqual(['m{a="12",b=""} 0.5']);
  });

  test("is there from the beginning if it has no labels, and only then", () => {
    expect(createCounter({ ...spec, labels: [] }).toLines()).toEqual(["m 0"]);
    expect(createCounter(spec).toLines()).toEqual([]);
  });

  test("writes any text as a label", () => {
    const counter = createCounter({ ...spec, labels: ["a"] });
    counter.add({ a: 'x\\y"z\n' }, 1);
    expect(counter.toLines()).toEqual(['m{a="x\\\\y\\"z\\n"} 1']);
  });
});

describe("a histogram", () => {
  const histogramSpec = { ...spec, type: "histogram", labels: ["a"], buckets: [0.5, 1] } as const;

  test("counts values up to each bound, the bound included", () => {
    const histogram = createHistogram(histogramSpec);
    for (const value of [0.25, 0.5, 0.75, 1, 1.5]) histogram.observe({ a: "x" }, value);
    expect(histogram.toLines()).toEqual([
      'm_bucket{a="x",le="0.5"} 2',
      'm_bucket{a="x",le="1"} 4',
      'm_bucket{a="x",le="+Inf"} 5',
      'm_sum{a="x"} 4',
      'm_count{a="x"} 5',
    ]);
  });

  test("is there from the beginning if it has no labels", () => {
    expect(createHistogram({ ...histogramSpec, labels: [] }).toLines()).toEqual([
      'm_bucket{le="0.5"} 0',
      'm_bucket{le="1"} 0',
      'm_bucket{le="+Inf"} 0',
      "m_sum 0",
      "m_count 0",
    ]);
  });
});
