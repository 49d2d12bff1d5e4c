/**
 * The loop as one op on lists of tensors. Its derivatives are loops again: forward mode carries tangents along; reverse mode
 * runs back over the history of carries and computes the body again at every step, which is backpropagation through time.
 */
import {
  applyRegion,
  interpret,
  isFloat,
  isRegion,
  type MaybeBatched,
  type Parameter,
  Program,
  type ProgramNode,
  type RegionDefinition,
  type Tensor,
  type TensorType,
  trace,
  type Variable,
  withParameters,
} from "@tapegrad/core";
import { commit, defined, isRecorded, withMemoryFor } from "@tapegrad/core/internal";
import { add, reshape, slice, stack, transpose, zeros, zerosLike } from "@tapegrad/ops";
import { alias } from "@tapegrad/ops/internal";
import { runCompiled } from "../execution/executables.ts";
import { alongTangents, recordAliased } from "../transforms/transforms.ts";
import { at, cut, indices, present, replaced, scattered } from "../trees/lists.ts";
import { batchedResults, interpretBatched, marked, withBatchAxis } from "../vmap/batch.ts";

/** What the region of `scan` carries: the recorded step, and how carries and elements are laid out. */
export interface ScanAttributes {
  /** Inputs: carries, elements, captures. Outputs: carries, then what is stacked: the step's outputs, then stored contractions. */
  readonly body: Program;
  readonly carries: number;
  readonly elements: number;
  readonly length: number;
  readonly reverse: boolean;
  /** Whether the carries before each step are results too, stacked last: reverse mode needs them. */
  readonly history: boolean;
  /** How many of the body's outputs, at the end, are contractions that the way back need not compute again. */
  readonly stored: number;
}

/** One step on lists: carries and elements to carries and outputs. */
export type ListStep = (
  carry: readonly Tensor[],
  element: readonly Tensor[],
) => { carry: readonly Tensor[]; outputs: readonly Tensor[] };

export interface ScanLoop {
  readonly length: number;
  readonly reverse: boolean;
}

/**
 * Threads `init` through `step` along the first axis of each of `xs`. Parameters that the step assigns are carried along
 * unseen and assigned once, at the end.
 */
export function scanLists(
  step: ListStep,
  init: readonly Tensor[],
  xs: readonly Tensor[],
  loop: ScanLoop,
): { carry: Tensor[]; outputs: Tensor[] } {
  const elementTypes = xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }));
  const traceWith = (parameters: readonly Parameter[], hidden: readonly Tensor[]) =>
    trace(
      (inputs) =>
        withParameters(parameters, inputs.slice(init.length, init.length + hidden.length), () => {
          const { carry, outputs } = step(inputs.slice(0, init.length), inputs.slice(init.length + hidden.length));
          return { carry, hidden: parameters.map((parameter) => parameter.value), outputs };
        }),
      [...init.map(({ variable }) => variable), ...hidden.map(({ variable }) => variable), ...elementTypes],
    );
  const first = traceWith([], []);
  const { assigned } = first;
  const hidden = assigned.map((parameter) => parameter.value);
  const { program: body, captures } = assigned.length === 0 ? first : traceWith(assigned, hidden);
  const carries = init.length + hidden.length;
  const history = isRecorded();
  const contractions = history ? storedContractions(body, carries + xs.length) : [];
  const extended = new Program(body.inputs, body.nodes, [...body.outputs, ...contractions]);
  const attributes = { body: extended, carries, elements: xs.length, ...loop, history, stored: contractions.length };
  const results = applyRegion(scanOp, [...init, ...hidden, ...xs, ...captures], attributes);
  commit(assigned, results.slice(init.length, carries));
  return { carry: results.slice(0, init.length), outputs: results.slice(carries, body.outputs.length) }; // Without what is stored.
}

/**
 * What the way back reads instead of computing it again: results of contractions, which cost most, as far as they change from
 * step to step. Elementwise work is cheaper to repeat than to store.
 */
function storedContractions({ inputs, nodes }: Program, varying: number): Variable[] {
  const changing = new Set(inputs.slice(0, varying).map(({ id }) => id));
  return nodes.flatMap(({ op, inputs: operands, outputs, stop }) => {
    if (!operands.some(({ id }) => changing.has(id))) return [];
    for (const { id } of outputs) changing.add(id);
    return !stop && !isRegion(op) && op.derivative.kind === "multilinear" ? outputs : [];
  });
}

/** The region of `scan`: a Program that runs once for each element. */
export const scanOp: RegionDefinition<ScanAttributes> = {
  name: "scan",

  types(_, { body, carries, length, history }) {
    const stacked = ({ shape, dtype }: TensorType) => ({ shape: [length, ...shape], dtype });
    const final = body.outputs.slice(0, carries);
    return [...final, ...body.outputs.slice(carries).map(stacked), ...(history ? final.map(stacked) : [])];
  },

  run(inputs, attributes) {
    const { body, carries, length, reverse, history } = attributes;
    const compiled = runCompiled(this, inputs, attributes);
    if (compiled !== undefined) return compiled;
    const { init, xs, captures } = partsOf(inputs, attributes);
    let carry = init.map(alias);
    const types = this.types([], attributes).slice(carries);
    const type = types[0] ?? { shape: [length], dtype: "bool" };
    const rows: Tensor[][] = withMemoryFor(this.name, type, () => new Array(length));
    for (let i = 0; i < length; i++) {
      const at = reverse ? length - 1 - i : i;
      const results = interpret(body, [...carry, ...xs.map((x) => elementAt(x, at)), ...captures]);
      rows[at] = [...results.slice(carries), ...(history ? carry : [])];
      carry = results.slice(0, carries).map(alias);
    }
    return [...carry, ...types.map((type, k) => stackRows(rows, k, type, init[0] ?? xs[0]))];
  },

  forward(tangents, { inputs, attributes }) {
    const { body, carries, length, reverse, history } = attributes;
    const { init, xs, captures } = partsOf(inputs, attributes);
    const u = partsOf(tangents, attributes);
    // Every float carry may get a tangent on the way, even if it starts without one.
    const moving = indices(init, ({ dtype }) => isFloat(dtype));
    const [movingXs, movingCaptures] = [present(u.xs), present(u.captures)];
    const start = [...init, ...moving.map((i) => u.init[i] ?? zerosLike(defined(init[i], "carry")))];
    const floats = indices(body.outputs, ({ dtype }) => isFloat(dtype));
    const loop = scanLists(
      (state, element) => {
        const [carry, carryTangents] = cut(state, init.length);
        const [x, xTangents] = cut(element, xs.length);
        const { value, tangent } = alongTangents(
          (c: Tensor[], e: Tensor[], k: Tensor[]) => {
            const results = interpret(body, [
              ...replaced(carry, moving, c),
              ...replaced(x, movingXs, e),
              ...replaced(captures, movingCaptures, k),
            ]);
            return { results, floats: at(results, floats) };
          },
          [at(carry, moving), at(x, movingXs), at(captures, movingCaptures)] as [Tensor[], Tensor[], Tensor[]],
          [carryTangents, xTangents, movingCaptures.map((i) => defined(u.captures[i], "tangent"))] as [
            Tensor[],
            Tensor[],
            Tensor[],
          ],
        );
        const tangentOf = (output: number) => defined(tangent.floats[floats.indexOf(output)], "tangent");
        return {
          carry: [...value.results.slice(0, carries), ...moving.map(tangentOf)],
          outputs: [...floats.filter((output) => output >= carries).map(tangentOf), ...(history ? carryTangents : [])],
        };
      },
      start,
      [...xs, ...movingXs.map((i) => defined(u.xs[i], "tangent"))],
      { length, reverse },
    );
    const final = scattered(carries, moving, loop.carry.slice(carries));
    const floatOutputs = floats.filter((output) => output >= carries).map((output) => output - carries);
    const outputs = scattered(body.outputs.length - carries, floatOutputs, loop.outputs);
    return [
      ...final,
      ...outputs,
      ...(history ? scattered(carries, moving, loop.outputs.slice(floatOutputs.length)) : []),
    ];
  },

  reverse(cotangents, { inputs, outputs, attributes }, wanted) {
    const { body, carries, length, reverse, stored } = attributes;
    const { init, xs, captures } = partsOf(inputs, attributes);
    const count = body.outputs.length;
    const kept = { contractions: outputs.slice(count - stored, count), history: outputs.slice(count) };
    const g = {
      final: cotangents.slice(0, carries),
      outputs: cotangents.slice(carries, count),
      history: cotangents.slice(count),
    };
    const want = partsOf(wanted, attributes);
    const moving = indices(init, ({ dtype }) => isFloat(dtype));
    const [wantedXs, wantedCaptures] = [indices(want.xs, Boolean), indices(want.captures, Boolean)];
    const [seeded, touched] = [present(g.outputs), present(g.history)];
    const loop = scanLists(
      (bars, element) => {
        const [carryBars, captureBars] = cut(bars, moving.length);
        const [carry, afterCarry] = cut(element, carries);
        const [x, afterX] = cut(afterCarry, xs.length);
        const [contractions, seeds] = cut(afterX, stored);
        const [outputSeeds, historySeeds] = cut(seeds, seeded.length);
        const known = knownResults(body, contractions);
        const { result, pullback } = recordAliased(
          ([c, e, k]: readonly (readonly Tensor[])[]) =>
            interpret(
              body,
              [
                ...replaced(carry, moving, c ?? []),
                ...replaced(x, wantedXs, e ?? []),
                ...replaced(captures, wantedCaptures, k ?? []),
              ],
              known,
            ),
          [at(carry, moving), at(x, wantedXs), at(captures, wantedCaptures)],
        );
        const targets = [...moving, ...seeded.map((k) => carries + k)];
        const [c = [], e = [], k = []] = pullback(at(result, targets), [...carryBars, ...outputSeeds]);
        const withHistory = c.map((bar, i) => {
          const seed = historySeeds[touched.indexOf(defined(moving[i], "carry"))];
          return seed === undefined ? bar : add(bar, seed);
        });
        return { carry: [...withHistory, ...k.map((bar, i) => add(defined(captureBars[i], "sum"), bar))], outputs: e };
      },
      [
        ...moving.map((i) => g.final[i] ?? zerosLike(defined(init[i], "carry"))),
        ...at(captures, wantedCaptures).map(zerosLike),
      ],
      [...kept.history, ...xs, ...kept.contractions, ...at(g.outputs, seeded), ...at(g.history, touched)],
      { length, reverse: !reverse },
    );
    const [initBars, captureBars] = cut(loop.carry, moving.length);
    return [
      ...scattered(init.length, moving, initBars),
      ...scattered(xs.length, wantedXs, loop.outputs),
      ...scattered(captures.length, wantedCaptures, captureBars),
    ];
  },

  batch(inputs, attributes, context) {
    const { body, carries, length, reverse, history } = attributes;
    const { init, xs, captures } = partsOf(inputs, attributes);
    const flags = partsOf(context.batched, attributes);
    const carryFlags = settledCarries(flags.init, (carry) =>
      batchedResults(body, [...carry, ...flags.xs, ...flags.captures], context),
    );
    const withCarryAxes = (carry: readonly MaybeBatched[]) =>
      carry.map((value, i) => (carryFlags[i] === true ? withBatchAxis(value, context.size) : value.tensor));
    let outputFlags: readonly boolean[] = [];
    const loop = scanLists(
      (carry, element) => {
        const operands = [
          ...marked(carry, carryFlags),
          ...marked(element, flags.xs),
          ...marked(captures, flags.captures),
        ];
        const [next, rest] = cut(interpretBatched(body, operands, context), carries);
        const outputs = history ? [...rest, ...marked(carry, carryFlags)] : rest;
        outputFlags = outputs.map(({ batched }) => batched);
        return { carry: withCarryAxes(next), outputs: outputs.map(({ tensor }) => tensor) };
      },
      withCarryAxes(marked(init, flags.init)),
      xs.map((x, i) => (flags.xs[i] === true ? swapFirstTwoAxes(x) : x)),
      { length, reverse },
    );
    const outputs = loop.outputs.map((output, i) => (outputFlags[i] === true ? swapFirstTwoAxes(output) : output));
    return [...marked(loop.carry, carryFlags), ...marked(outputs, outputFlags)];
  },
};

/** Which carries have the batch axis from the start, or get it on the way: the least fixed point. */
function settledCarries(
  start: readonly boolean[],
  step: (carry: readonly boolean[]) => readonly boolean[],
): readonly boolean[] {
  const after = step(start);
  const next = start.map((batched, i) => batched || after[i] === true);
  return next.every((batched, i) => batched === start[i]) ? start : settledCarries(next, step);
}

/** The stored contractions of one step, by the node that would compute them. */
function knownResults({ nodes, outputs }: Program, contractions: readonly Tensor[]): Map<ProgramNode, Tensor> {
  const first = outputs.length - contractions.length;
  const byId = new Map(contractions.map((tensor, i) => [defined(outputs[first + i], "contraction").id, tensor]));
  return new Map(
    nodes.flatMap((node) => {
      const result = byId.get(node.outputs[0]?.id ?? -1);
      return result === undefined ? [] : [[node, result]];
    }),
  );
}

interface Parts<T> {
  readonly init: readonly T[];
  readonly xs: readonly T[];
  readonly captures: readonly T[];
}

/** Anything listed by input, by role. */
function partsOf<T>(list: readonly T[], { carries, elements }: ScanAttributes): Parts<T> {
  return {
    init: list.slice(0, carries),
    xs: list.slice(carries, carries + elements),
    captures: list.slice(carries + elements),
  };
}

/** Element `position` along the first axis, which is dropped. */
function elementAt(x: Tensor, position: number): Tensor {
  return reshape(slice(x, [position], [position + 1]), x.shape.slice(1));
}

/** Column `k` of the rows, stacked; zeros of `type` when there are no rows. */
function stackRows(
  rows: readonly (readonly Tensor[])[],
  k: number,
  { shape, dtype }: TensorType,
  like: Tensor | undefined,
): Tensor {
  if (rows.length === 0) return zeros(shape, like === undefined ? { dtype } : { dtype, like });
  return stack(rows.map((row) => defined(row[k], "row")));
}

function swapFirstTwoAxes(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}
