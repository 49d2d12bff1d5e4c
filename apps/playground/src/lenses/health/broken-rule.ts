/**
 * A recorded function whose tanh has a wrong derivative: 1 − y where 1 − y² is right. Only replays of the recording are wrong.
 */
import { interpret, isRegion, type Operation, Program, trace } from "@tapegrad/core";
import { sub, type Tensor } from "tapegrad";

/** By its name, as importing the table of ops would bring all of them. */
function brokenIfTanh(op: Operation): Operation {
  if (op.name !== "tanh" || isRegion(op)) return op;
  return { ...op, derivative: { kind: "pointwise", partials: [({ y }) => sub(1, y)], saves: ["y"] } };
}

/** `f` with the wrong tanh, inside of loops too. */
export function withBrokenTanh(f: (x: Tensor) => Tensor, example: Tensor): (x: Tensor) => Tensor {
  const { program, captures } = trace(([x]) => [f(x ?? example)], [example]);
  const broken = inBroken(program);
  return (x) => {
    const [result] = interpret(broken, [x, ...captures]);
    if (result === undefined) throw new Error("internal: a recorded loss has no result");
    return result;
  };
}

function inBroken({ inputs, nodes, outputs }: Program): Program {
  return new Program(
    inputs,
    nodes.map((node) => ({
      ...node,
      op: brokenIfTanh(node.op),
      attributes: Object.fromEntries(
        Object.entries(node.attributes).map(([name, value]) => [
          name,
          value instanceof Program ? inBroken(value) : value,
        ]),
      ),
    })),
    outputs,
  );
}
