/**
 * Values that the carry does not need are computed after the loop, for all steps at once, if they contain a contraction, or sum
 * a value that is stacked anyway. Their operands are stacked instead. An additive carry `acc' = acc + v` is such a value: it
 * becomes the sum of v over time, unless both acc and v can be −0, because sums begin with 0. The weight gradients of
 * backpropagation through time become one matrix product over time and batch.
 */
import { interpretBatched, withBatchAxis } from "@tapegrad/autodiff/internal";
import { isRegion, Program, type Tensor, type Variable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, sum } from "@tapegrad/ops";
import { coneOf, drawsRandomNumbers, idsOf, isContraction, reachableFrom } from "../rewrite/graph.ts";
import { originsIn } from "../rewrite/origins.ts";
import { isNode } from "../rewrite/primitive-node.ts";
import { type Pass, rewrite } from "../rewrite/rewrite.ts";
import { isNeverNegativeZero } from "../rewrite/signed-zero.ts";
import { applyLoop, type Carry, type Loop, loopOf, whereLoops, withoutDeadNodes } from "./loop.ts";

/**
 * `acc′ = acc + v` at every step = `acc + sum(vs)` after the loop, and likewise every output that no carry needs.
 * A pass: what a step computes but its carry does not need happens after the loop, for all steps at once.
 */
export const moveAfterLoop: Pass = whereLoops((program: Program) => {
  const outside = originsIn(program.nodes);
  return rewrite(program, (node, operands) => {
    const loop = loopOf(node, operands);
    if (loop === undefined || loop.length === 0) return undefined;
    const inside = originsIn(loop.nodes);
    const added = loop.carries.map((carry, i) => {
      const value = addend(loop, carry);
      const keepsZeros =
        value !== undefined &&
        (isNeverNegativeZero(value, inside) || isNeverNegativeZero(defined(node.inputs[i], "carry"), outside));
      return keepsZeros ? value : undefined;
    });
    const stays = loop.carries.filter((_, i) => added[i] === undefined);
    const addends = added.filter((value) => value !== undefined);
    const results = lateOutputs(withoutDeadNodes({ ...loop, carries: stays, outputs: [...loop.outputs, ...addends] }));
    const totals = results.slice(stays.length + loop.outputs.length);
    let [nextStay, nextTotal] = [0, 0];
    const finals = loop.carries.map(({ outer }, i) =>
      added[i] === undefined
        ? results[nextStay++]
        : add(outer, sum(defined(totals[nextTotal++], "addends"), { axis: 0 })),
    );
    return [...finals, ...results.slice(stays.length, stays.length + loop.outputs.length)];
  });
});

/**
 * v of a carry that is used only as `carry + v`, where v holds a contraction or a sum, or is an element, and does not read the
 * carry.
 */
function addend(loop: Loop, { inner, next }: Carry): Variable | undefined {
  const update = loop.nodes.find(({ outputs }) => outputs[0]?.id === next.id);
  const readers = loop.nodes.filter(({ inputs }) => inputs.some(({ id }) => id === inner.id));
  const others = update?.inputs.filter(({ id }) => id !== inner.id) ?? [];
  const [value] = others;
  const otherCarries = loop.carries.filter((carry) => carry.inner !== inner).map((carry) => carry.next);
  const isRead =
    readers.length !== 1 ||
    readers[0] !== update ||
    [...loop.outputs, ...otherCarries].some(({ id }) => id === inner.id || id === next.id);
  if (update === undefined || !isNode(update, "add") || others.length !== 1 || value === undefined || isRead)
    return undefined;
  const usedNext = loop.nodes.some(({ inputs }) => inputs.some(({ id }) => id === next.id));
  const sameShape = value.shape.join() === inner.shape.join();
  const cone = coneOf(loop.nodes, [value.id]);
  // A region stays in the loop: what it gives would be stacked as it is, however it came about.
  const outside = loop.nodes.filter(({ op }) => !isRegion(op));
  const direct = coneOf(outside, [value.id]);
  const reduces = outside.some(
    (node) => node.outputs.some(({ id }) => direct.has(id)) && (isContraction(node) || isNode(node, "sum")),
  );
  const isElement = loop.elements.some((element) => element.inner.id === value.id);
  return sameShape && (reduces || isElement) && !usedNext && !cone.has(inner.id) ? value : undefined;
}

/** The loop's results, where outputs that no carry needs and that hold a contraction are computed after it. */
function lateOutputs(loop: Loop): readonly Tensor[] {
  // Regions and random draws stay where they are, and so does what they read.
  const staying = loop.nodes.filter((node) => isRegion(node.op) || drawsRandomNumbers(node));
  const needed = coneOf(
    loop.nodes,
    idsOf([...loop.carries.map(({ next }) => next), ...staying.flatMap(({ inputs }) => inputs)]),
  );
  const free = loop.nodes.filter((node) => !staying.includes(node) && !node.outputs.some(({ id }) => needed.has(id)));
  const contractions = free.filter(isContraction);
  // What is stacked in any case is summed where the sum over time can join.
  const stackedAnyway = new Set(idsOf([...loop.outputs, ...contractions.flatMap(({ inputs }) => inputs)]));
  const sums = free.filter((node) => isNode(node, "sum") && stackedAnyway.has(node.inputs[0].id));
  // From each of these on, everything that only outputs read.
  const late = reachableFrom(
    free,
    [...contractions, ...sums].flatMap(({ outputs }) => idsOf(outputs)),
  );
  for (const { inner } of [...loop.carries, ...loop.elements, ...loop.captures]) late.delete(inner.id);
  const moved = free.filter(({ outputs }) => outputs.some(({ id }) => late.has(id)));
  if (moved.length === 0) return applyLoop(loop);
  const isLate = (variable: Variable) => moved.some(({ outputs }) => outputs.some(({ id }) => id === variable.id));
  const stays = loop.nodes.filter((node) => !moved.includes(node));
  const early = loop.outputs.filter((output) => !isLate(output));
  // What the moved nodes read: elements and captures are at hand outside, everything else is stacked.
  const sources = stays.filter(({ inputs }) => inputs.length === 0);
  const outside = new Set(idsOf([...loop.elements, ...loop.captures].map(({ inner }) => inner)));
  for (const { outputs } of sources) for (const { id } of outputs) outside.add(id);
  const read = moved.flatMap(({ inputs }) => inputs).filter(({ id }) => !outside.has(id));
  const made = new Set(idsOf(moved.flatMap(({ outputs }) => outputs)));
  const stacked = [
    ...new Map(read.filter(({ id }) => !made.has(id)).map((variable) => [variable.id, variable])).values(),
  ];
  const results = applyLoop({ ...loop, nodes: stays, outputs: [...early, ...stacked] });
  const count = loop.carries.length;
  const operands = [
    ...loop.elements.map(({ inner, outer }) => ({ inner, tensor: outer, batched: true })),
    ...loop.captures.map(({ inner, outer }) => ({ inner, tensor: outer, batched: false })),
    ...stacked.map((inner, i) => ({
      inner,
      tensor: defined(results[count + early.length + i], "stacked"),
      batched: true,
    })),
  ];
  const lateVariables = loop.outputs.filter(isLate);
  const body = new Program(
    operands.map(({ inner }) => inner),
    [...sources, ...moved],
    lateVariables,
  );
  const size = loop.length;
  const computed = interpretBatched(body, operands, { size, randomness: undefined }).map((result) =>
    withBatchAxis(result, size),
  );
  let [nextEarly, nextLate] = [count, 0];
  const outputs = loop.outputs.map((output) =>
    defined(isLate(output) ? computed[nextLate++] : results[nextEarly++], "output"),
  );
  return [...results.slice(0, count), ...outputs];
}
