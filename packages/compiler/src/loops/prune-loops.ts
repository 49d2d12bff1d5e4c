/**
 * Removes unread values from loops: stacked outputs, carries that only feed themselves, elements and captures. A value that is
 * stacked twice is stacked once, an element that passes through unchanged is not stacked, and a carry that no step changes
 * becomes a capture. Checkpoints lose unread results and inputs. Outer regions are pruned before inner ones, because they
 * determine which results of the inner ones are read.
 */
import { type BodyAttributes, checkpointOp } from "@tapegrad/autodiff";
import { applyRegion, isRegion, Program, type ProgramNode, type Tensor, type Variable } from "@tapegrad/core";
import { applyNode, defined, mapBodies } from "@tapegrad/core/internal";
import { broadcastTo } from "@tapegrad/ops";
import { coneOf, idsOf } from "../rewrite/graph.ts";
import { type Pass, rewrite } from "../rewrite/rewrite.ts";
import { applyLoop, type Loop, loopOf, withBody, withoutDeadNodes } from "./loop.ts";

/**
 * `scan(f)` = `scan(g)`, where g is f without unread outputs, carries and operands. A pass: loops lose unread outputs, carries,
 * elements and captures.
 */
export const pruneLoops: Pass = (program) => {
  if (!program.nodes.some(({ op }) => isRegion(op))) return program;
  const used = coneOf(program.nodes, idsOf(program.outputs));
  return rewrite(program, (node, operands) => {
    const isRead = node.outputs.map(({ id }) => used.has(id));
    const loop = loopOf(node, operands);
    if (loop !== undefined) return prunedLoop(loop, isRead);
    if (node.op === checkpointOp) return prunedCheckpoint(node, operands, isRead);
    return isRegion(node.op) ? applyNode(mapBodies(node, pruneLoops), operands) : undefined;
  });
};

function prunedCheckpoint(
  { attributes }: ProgramNode,
  operands: readonly Tensor[],
  isRead: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const { body } = attributes as BodyAttributes; // By the record's identity.
  const { inputs, nodes, outputs } = pruneLoops(
    live(
      body,
      body.outputs.filter((_, i) => isRead[i]),
    ),
  );
  const needed = coneOf(nodes, idsOf(outputs));
  const isNeeded = inputs.map(({ id }) => needed.has(id));
  const results = applyRegion(
    checkpointOp,
    operands.filter((_, i) => isNeeded[i]),
    {
      body: new Program(
        inputs.filter((_, i) => isNeeded[i]),
        nodes,
        outputs,
      ),
    },
  );
  let next = 0;
  return isRead.map((read) => (read ? results[next++] : undefined));
}

/** The Program with other results, and without nodes that these do not need. */
function live({ inputs, nodes }: Program, outputs: readonly Variable[]): Program {
  const needed = coneOf(nodes, idsOf(outputs));
  return new Program(
    inputs,
    nodes.filter((node) => node.outputs.some(({ id }) => needed.has(id))),
    outputs,
  );
}

function prunedLoop(loop: Loop, isRead: readonly boolean[]): readonly (Tensor | undefined)[] {
  const [finals, stacked] = [isRead.slice(0, loop.carries.length), isRead.slice(loop.carries.length)];
  const isFixed = loop.carries.map(({ inner, next }) => inner.id === next.id);
  const moving = withFixedCaptured(loop, isFixed);
  const results = pruned(
    moving,
    finals.filter((_, i) => !isFixed[i]),
    stacked,
  );
  let nextCarry = 0;
  return [
    ...loop.carries.map(({ outer }, i) => (isFixed[i] ? outer : results[nextCarry++])),
    ...results.slice(moving.carries.length),
  ];
}

/** Carries that every step returns as it found them are captures. */
function withFixedCaptured(loop: Loop, isFixed: readonly boolean[]): Loop {
  const fixed = loop.carries.filter((_, i) => isFixed[i]).map(({ inner, outer }) => ({ inner, outer }));
  return { ...loop, carries: loop.carries.filter((_, i) => !isFixed[i]), captures: [...loop.captures, ...fixed] };
}

/** The results in the loop's own order, those that are not read missing. */
function pruned(loop: Loop, finals: readonly boolean[], stacked: readonly boolean[]): readonly (Tensor | undefined)[] {
  const handedThrough = new Map([
    ...loop.elements.map(({ inner, outer }) => [inner.id, () => outer] as const),
    ...loop.captures.map(({ inner, outer }) => [inner.id, () => repeated(outer, loop.length)] as const),
  ]);
  const made = loop.outputs.filter(({ id }, i) => stacked[i] && !handedThrough.has(id));
  const outputs = [...new Map(made.map((output) => [output.id, output])).values()];
  const isLive = loop.carries.map((_, i) => finals[i] === true);
  // A live value may read a carry, whose next value is live then.
  for (let changed = true; changed; ) {
    const roots = [...idsOf(outputs), ...loop.carries.filter((_, i) => isLive[i]).map(({ next }) => next.id)];
    const needed = coneOf(loop.nodes, roots);
    changed = false;
    for (const [i, { inner }] of loop.carries.entries()) {
      if (isLive[i] || !needed.has(inner.id)) continue;
      isLive[i] = true;
      changed = true;
    }
  }
  const carries = loop.carries.filter((_, i) => isLive[i]);
  const results = applyLoop(withoutUnread(withBody(withoutDeadNodes({ ...loop, carries, outputs }), pruneLoops)));
  let nextCarry = 0;
  const stackOf = new Map(outputs.map(({ id }, i) => [id, defined(results[carries.length + i], "output")]));
  return [
    ...isLive.map((live) => (live ? results[nextCarry++] : undefined)),
    ...loop.outputs.map(({ id }, i) => (stacked[i] ? (handedThrough.get(id)?.() ?? stackOf.get(id)) : undefined)),
  ];
}

/** The loop without elements and captures that no step reads. */
function withoutUnread(loop: Loop): Loop {
  const needed = coneOf(loop.nodes, idsOf([...loop.outputs, ...loop.carries.map(({ next }) => next)]));
  const isRead = ({ inner }: { readonly inner: { readonly id: number } }) => needed.has(inner.id);
  return { ...loop, elements: loop.elements.filter(isRead), captures: loop.captures.filter(isRead) };
}

/** The same value at every step. */
function repeated(x: Tensor, length: number): Tensor {
  return broadcastTo(x, [length, ...x.shape]);
}
