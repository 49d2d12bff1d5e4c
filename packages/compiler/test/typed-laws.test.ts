/** What is misspelt in a law or a lowering does not compile: `pnpm types` fails where an expected error is missing. */
import type { ProgramNode, Tensor } from "@tapegrad/core";
import { expect, it } from "vitest";
import type { Laws } from "../src/rewrite/origins.ts";
import { isNode, madeBy, type Origin } from "../src/rewrite/primitive-node.ts";
import type { Lowerings } from "../src/schedule/lowering.ts";

it("a law sees the attributes and operands of its op, and of how its operands were made", () => {
  const laws: Laws = {
    // @ts-expect-error: no primitive is called so.
    matmull: [() => undefined],
    sum: [
      // @ts-expect-error: a sum has axes, not an axis.
      ({ attributes: { axis } }) => axis,
      // @ts-expect-error: a sum has one operand.
      ({ operands: [, second] }) => second,
      ({ operands: [x], originOf }) => {
        const slice = madeBy(originOf(x), "slice");
        // @ts-expect-error: a slice has starts.
        return slice?.attributes.begins;
      },
      // @ts-expect-error: no primitive is called so.
      ({ operands: [x], originOf }) => madeBy(originOf(x), "matmull")?.operands[0],
      ({ operands: [x], originOf }) => {
        const origin = originOf(x);
        // @ts-expect-error: no primitive is called so.
        if (origin?.name === "matmull") return x;
        // @ts-expect-error: not every op has axes.
        if (origin?.attributes.axes) return x;
        return origin?.name === "transpose" && origin.attributes.axes.length > 0 ? origin.operands[0] : undefined;
      },
    ],
  };
  expect(Object.keys(laws)).toEqual(["matmull", "sum"]);
});

it("a node of a name has the attributes of its op", () => {
  const axesOf = (node: ProgramNode) => {
    // @ts-expect-error: no primitive is called so.
    if (isNode(node, "summ")) return undefined;
    // @ts-expect-error: a sum has axes, not an axis.
    return isNode(node, "sum") ? [node.attributes.axes, node.attributes.axis] : undefined;
  };
  expect(axesOf).toBeTypeOf("function");
});

it("a lowering sees the attributes and operands of its op", () => {
  const lowerings: Lowerings = {
    // @ts-expect-error: cumsum has an axis, not axes.
    cumsum: (_, { attributes: { axes } }) => axes,
    // @ts-expect-error: there is no third operand.
    take: (scheduling, { inputs: [, , third] }) => scheduling.value(third),
  };
  expect(Object.keys(lowerings)).toEqual(["cumsum", "take"]);
});

it("an application of another op is not one of this name", () => {
  const origin: Origin<Tensor> | undefined = undefined;
  expect(madeBy(origin, "matmul")).toBeUndefined();
});
