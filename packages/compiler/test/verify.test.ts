/** `verify` finds what a faulty pass could leave behind. */
import { checkpoint, scan } from "@tapegrad/autodiff";
import { Program, type Tensor } from "@tapegrad/core";
import { freshVariable } from "@tapegrad/core/internal";
import { add, sin, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { verify } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { recorded } from "./passes.ts";

inDoublePrecision();

const straight = () => recorded((x) => tanh(sin(x)), [2, 3]);
const loop = () => recorded((h, xs) => scan((c: Tensor, x: Tensor) => [add(c, x), null], h, xs)[0], [3], [4, 3]);

/** The Program with its first body changed. */
function withBody({ inputs, nodes, outputs }: Program, change: (body: Program) => Program): Program {
  const changed = nodes.map((node) => ({
    ...node,
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([name, value]) => [name, value instanceof Program ? change(value) : value]),
    ),
  }));
  return new Program(inputs, changed, outputs);
}

it("finds nothing in what is recorded", () => {
  for (const program of [straight(), loop(), recorded((x) => checkpoint((y: Tensor) => sin(y))(x), [2])])
    expect(verify(program)).toEqual([]);
});

it.each<[string, () => Program, RegExp]>([
  [
    "another order",
    () => {
      const { inputs, nodes, outputs } = straight();
      return new Program(inputs, nodes.toReversed(), outputs);
    },
    /^program: node 0, tanh, reads a value that nothing before it defines$/,
  ],
  [
    "a value from elsewhere",
    () => {
      const { nodes, outputs } = straight();
      return new Program([], nodes, outputs);
    },
    /^program: node 0, sin, reads a value that nothing before it defines$/,
  ],
  [
    "a node twice",
    () => {
      const { inputs, nodes, outputs } = straight();
      return new Program(inputs, [...nodes, ...nodes], outputs);
    },
    /^program: node 2, sin, defines a value that is there already$/,
  ],
  [
    "an output that nothing makes",
    () => {
      const { inputs, nodes } = straight();
      return new Program(inputs, nodes, [freshVariable({ shape: [2, 3], dtype: "float64" })]);
    },
    /^program: an output reads a value/,
  ],
  [
    "a result of another shape",
    () => {
      const { inputs, nodes } = straight();
      const output = freshVariable({ shape: [3, 2], dtype: "float64" });
      const last = nodes.map((node, i) => (i === 1 ? { ...node, outputs: [output] } : node));
      return new Program(inputs, last, [output]);
    },
    /^program: node 1, tanh, results are float64 \[3,2\] instead of float64 \[2,3\]$/,
  ],
  [
    "a body that lacks an input",
    () => withBody(loop(), ({ inputs, nodes, outputs }) => new Program(inputs.slice(1), nodes, outputs)),
    /^program: node 0, scan, body: node 0, add, reads a value that nothing before it defines$/,
  ],
  [
    "a body with more inputs than its region has operands",
    () =>
      withBody(
        loop(),
        ({ inputs, nodes, outputs }) =>
          new Program([...inputs, freshVariable({ shape: [], dtype: "int32" })], nodes, outputs),
      ),
    /^program: node 0, scan, inputs of body are float64 \[3\], float64 \[3\], int32 \[\] instead of float64 \[3\], float64 \[3\]$/,
  ],
])("finds %s", (_, make, problem) => {
  expect(verify(make())[0]).toMatch(problem);
});
