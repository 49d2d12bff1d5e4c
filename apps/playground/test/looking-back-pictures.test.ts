/** What the pictures of the lenses that look back in time are made of, without a page. */
import { clipByGlobalNorm, tensor } from "tapegrad";
import { describe, expect, it } from "vitest";
import { logAxis, powerOfTen } from "../src/components/log-axis.ts";
import { shortNumber } from "../src/components/short-number.ts";
import type { Flow } from "../src/lenses/gradients/answer-flow.ts";
import { clipAt, clipScale, clipStops, linesOf, stopOf } from "../src/lenses/gradients/flow-line.ts";
import { reachOf, sharesOf, strongest } from "../src/lenses/influence/shares.ts";

describe("a short number", () => {
  it.each([
    [27, "27"],
    [0, "0"],
    [8.6498739484e-5, "8.65e-5"],
    [1.6575522893e-10, "1.66e-10"],
    [-0.00123456, "−0.00123"],
    [9994, "9990"],
    [59049, "5.90e4"],
    [9.9996e-4, "0.001"],
  ])("of %d is %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});

describe("a logarithmic axis", () => {
  const axis = logAxis([0, 3e-9, 0.2, 41], 300, 20);

  it("has room for its values, between powers of ten", () => {
    expect([axis.from, axis.to]).toEqual([-9, 2]);
    expect(axis.at(1e-9)).toBe(300);
    expect(axis.at(100)).toBeCloseTo(20, 9);
    expect(axis.valueAt(axis.at(0.2))).toBeCloseTo(0.2, 9);
  });

  it("shows what is 0, or too small, at its end", () => {
    expect([0, 1e-40].map(axis.at)).toEqual([300, 300]);
  });

  it("has ticks that are apart, within it", () => {
    const places = axis.ticks.map((exponent) => axis.at(10 ** exponent));
    expect(places.length).toBeGreaterThan(2);
    for (const [i, place] of places.slice(1).entries()) expect((places[i] ?? 0) - place).toBeGreaterThan(24);
  });

  it("is there without values", () => {
    const empty = logAxis([0, Number.NaN], 300, 20);
    expect(empty.to).toBeGreaterThan(empty.from);
    expect(empty.ticks.length).toBeGreaterThan(1);
  });

  it("names powers", () => {
    expect([-12, 0, 1, 3].map(powerOfTen)).toEqual(["10⁻¹²", "1", "10", "10³"]);
  });
});

describe("the clipping wall", () => {
  it("stops where it was, ten times to a decade, and at none", () => {
    for (let stop = clipStops.min; stop <= clipStops.max; stop++) expect(stopOf(clipAt(stop))).toBe(stop);
    expect([clipAt(0), clipAt(7), clipAt(-30), clipAt(clipStops.max)]).toEqual([1, 5, 0.001, 0]);
    expect([stopOf(0), stopOf(1e9)]).toEqual([clipStops.max, clipStops.max - 1]);
  });

  it("scales lines as clipping scales gradients", () => {
    const { gradients, norm } = clipByGlobalNorm([tensor([3]), tensor([4])], 0.5);
    expect(3 * clipScale(norm.itemSync(), 0.5)).toBeCloseTo(Number(gradients[0]?.itemSync()), 5);
    expect([clipScale(5, 0), clipScale(5, 6)]).toEqual([1, 1]);
  });
});

describe("the lines of a flow", () => {
  const flow: Flow = {
    position: 2,
    label: "b",
    target: "c",
    inputLabels: ["a", "b"],
    loss: 1,
    layers: [
      { h: [9, 1, 2], c: [9, 3, 4] },
      { h: [9, 5, 6], c: undefined },
    ],
    parameterNorm: 10,
  };

  it("are h and c after each step, scaled by the clip", () => {
    expect(linesOf(flow, 0, "LSTM", "lstm", 1)).toMatchObject([
      { name: "LSTM, h", dashed: false, norms: [1, 2], scale: 0.1 },
      { name: "LSTM, c", dashed: true, norms: [3, 4], scale: 0.1 },
    ]);
  });

  it("are of the last layer where there are fewer", () => {
    expect(linesOf(flow, 7, "GRU", "gru", 0)).toMatchObject([{ name: "GRU", norms: [5, 6], scale: 1 }]);
  });
});

describe("shares of influence", () => {
  const influence = { norms: Float32Array.of(1, 6, 1, 0), products: Float32Array.of(-1, 2, -5, 0) };

  it("are of all that the bars show", () => {
    expect(sharesOf(influence, "norm").shares).toEqual([0.125, 0.75, 0.125, 0]);
    expect(sharesOf(influence, "signed").shares).toEqual([-0.125, 0.25, -0.625, 0]);
    expect(sharesOf({ ...influence, norms: new Float32Array(4) }, "norm").shares).toEqual([0, 0, 0, 0]);
  });

  it("are ranked by size, without those that are nothing", () => {
    expect(strongest(sharesOf(influence, "signed"), 5)).toEqual([2, 1, 0]);
    expect(strongest(sharesOf(influence, "norm"), 1)).toEqual([1]);
  });

  it("reach as far back as nine tenths of them", () => {
    expect(reachOf(sharesOf(influence, "norm"), 3)).toBe(4);
    expect(reachOf(sharesOf({ ...influence, norms: Float32Array.of(0.05, 0.5, 0.5, 0) }, "norm"), 3)).toBe(3);
  });
});
