/** Where the values of a small Program lie in the arena, and for how long: the plan that the compiler makes. */
import { optimize, planMemory, type Step, type Storage, schedule, type Target, valuesOf } from "@tapegrad/compiler";
import { compile, matmul, ones, type Tensor, tanh } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

/** A machine that does one operation at a time. */
const target: Target = {
  name: "picture",
  isElementwise: ({ op }) => op.name === "tanh",
  fitsOneLoop: () => true,
  foldsInLoop: () => false,
  needsRuns: false,
  sortScratch: () => 0,
  hasHost: false,
};

const kilobytes = ({ elements }: Storage) => (4 * elements) / 1024;

/** From the first step that touches it to the last. */
function lifetimes(steps: readonly Step[]): Map<Storage, { first: number; last: number }> {
  const found = new Map<Storage, { first: number; last: number }>();
  for (const [at, step] of steps.entries()) {
    if (step.kind === "loop" || step.kind === "cond") continue;
    const { reads, writes } = valuesOf(step);
    for (const value of [...reads, ...writes]) {
      if (value.kind === "constant") continue;
      const first = found.get(value.address.storage)?.first ?? at;
      found.set(value.address.storage, { first, last: at });
    }
  }
  return found;
}

export const memoryPlan: Picture = {
  name: "memory-plan",
  draw: () => {
    const chain = compile((x: Tensor, W: Tensor) => {
      let h = x;
      for (let layer = 0; layer < 5; layer++) h = tanh(matmul(h, W));
      return h;
    });
    const program = optimize(chain.program(ones([64, 64]), ones([64, 64])));
    const { steps, inputs, outputs } = schedule(program, target);
    const { addresses } = planMemory(steps, { inputs, outputs, bytesOf: (storage) => 1024 * kilobytes(storage) });
    const found = lifetimes(steps);
    const role = (storage: Storage) => {
      if (inputs.some(({ address }) => address.storage === storage)) return "input";
      return outputs.some(({ address }) => address.storage === storage) ? "result" : "in between";
    };
    const values = Array.from(found, ([storage, { first, last }]) => {
      const from = (addresses.get(storage) ?? 0) / 1024;
      const kind = role(storage);
      return {
        kind,
        start: (kind === "input" ? 0 : first) + 0.04,
        end: last + 0.96,
        from: from + 0.4,
        to: from + kilobytes(storage) - 0.4,
      };
    });
    return chart({
      width: 480,
      height: 170,
      data: { values },
      mark: { type: "rect", cornerRadius: 3 },
      encoding: {
        x: {
          field: "start",
          type: "quantitative",
          title: "step of the Program",
          scale: { domain: [0, steps.length], nice: false },
          axis: { grid: false, tickMinStep: 1 },
        },
        x2: { field: "end" },
        y: { field: "from", type: "quantitative", title: "address in the arena, kB", scale: { nice: false } },
        y2: { field: "to" },
        color: {
          field: "kind",
          type: "nominal",
          title: null,
          scale: { domain: ["input", "in between", "result"], range: [ink.blue, ink.green, ink.orange] },
        },
      },
    });
  },
};
