/** The tape of a small loss, with the way back: what each entry keeps, and what it multiplies the gradient by. */
import { add, matmul, sum, Tape, tanh, tensor } from "tapegrad";
import { diagram, paint } from "../diagram.ts";
import type { Picture } from "../picture.ts";

/** What the way back does at each operation, in words that fit under an arrow. */
const rules: Readonly<Record<string, string>> = {
  matmul: "g · xᵀ",
  add: "g",
  tanh: "g ⊙ (1 − y²)",
  sum: "g, repeated",
  reshape: "g",
};

export const tape: Picture = {
  name: "tape",
  draw: () => {
    const names = ["W", "x", "b"];
    const [W, x, b] = [tensor([[1, 2]]), tensor([[0.5], [-0.2]]), tensor([[0]])];
    const recorder = new Tape();
    const loss = recorder.record(() => sum(tanh(add(matmul(W, x), b))));
    const makers = new Map<number, string>([W, x, b].map(({ variable }, i) => [variable.id, names[i] ?? ""]));
    // Making a number of a tensor of one entry is a matter of shapes, and of no interest here.
    const nodes = recorder.nodes.filter(({ op }) => op.name !== "reshape");
    for (const { op, outputs } of recorder.nodes)
      for (const { id } of outputs) makers.set(id, op.name === "reshape" ? "sum" : op.name);
    const edges = nodes.flatMap(({ op, inputs }) =>
      inputs.map(({ id }) => ({ tail: makers.get(id) ?? "", head: op.name })),
    );
    const way = ["L", ...nodes.map(({ op }) => op.name).toReversed(), "W"];
    return diagram({
      graphAttributes: { rankdir: "LR", nodesep: 0.3, ranksep: 0.75 },
      nodes: [
        ...names.map((name) => ({ name, attributes: { shape: "plaintext", style: "", fontcolor: paint.blue } })),
        ...nodes.map(({ op, savedInputs, savedOutputs }) => {
          const inputs = savedInputs.some((kept) => kept !== undefined);
          const output = savedOutputs.some((kept) => kept !== undefined);
          const kept = inputs ? "\nkeeps inputs" : output ? "\nkeeps output" : "";
          return {
            name: op.name,
            attributes: {
              label: `${op.name}${kept}`,
              ...(kept !== "" && { fillcolor: paint.greenTint, color: paint.green }),
            },
          };
        }),
        {
          name: "L",
          attributes: { shape: "plaintext", style: "", fontcolor: paint.orange, label: loss.rank === 0 ? "L" : "" },
        },
      ],
      edges: [
        ...edges,
        { tail: "sum", head: "L" },
        ...way.slice(1).map((name, i) => ({
          tail: way[i] ?? "",
          head: name,
          attributes: {
            color: paint.orange,
            fontcolor: paint.orange,
            style: "dashed",
            constraint: false,
            label: way[i] === "L" ? "1" : (rules[way[i] ?? ""] ?? ""),
          },
        })),
      ],
    });
  },
};
