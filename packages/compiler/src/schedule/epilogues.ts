/**
 * A fused loop over the results of the product before it becomes the product's epilogue: the results are not read back from
 * memory.
 */
import { sameShape, sizeOf } from "@tapegrad/core";
import {
  bodiesOf,
  type FusedStep,
  isPlain,
  type LoopStep,
  type MatmulStep,
  mapBodies,
  memoryOf,
  type Step,
} from "./step.ts";
import { isDense, isSamePlace, type MemoryValue, type Storage } from "./value.ts";

/** Whether a backend computes the loop with the product, which may be inside an outermost loop. */
export type EpilogueFilter = (product: MatmulStep, step: FusedStep, around?: LoopStep) => boolean;

/** `outputs`: what is needed after all steps. */
export function withEpilogues(
  steps: readonly Step[],
  outputs: readonly MemoryValue[],
  accepts: EpilogueFilter = () => true,
): readonly Step[] {
  const uses = new Map<Storage, number>();
  const note = ({ address: { storage } }: MemoryValue) => uses.set(storage, (uses.get(storage) ?? 0) + 1);
  const count = (list: readonly Step[]) => {
    for (const step of list) {
      if (isPlain(step)) for (const value of memoryOf(step)) note(value);
      else {
        if (step.kind === "cond") note(step.test);
        for (const body of bodiesOf(step)) count(body);
      }
    }
  };
  count(steps);
  for (const output of outputs) note(output);
  return merged(steps, { usesOf: (storage) => uses.get(storage) ?? 0, accepts, around: undefined });
}

interface Surroundings {
  readonly usesOf: (storage: Storage) => number;
  readonly accepts: EpilogueFilter;
  readonly around: LoopStep | undefined;
}

function merged(steps: readonly Step[], at: Surroundings): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const last = result.at(-1);
    const joined = step.kind === "fused" && last?.kind === "matmul" ? withEpilogue(last, step, at) : undefined;
    if (joined !== undefined) result[result.length - 1] = joined;
    else if (isPlain(step)) result.push(step);
    else {
      const inside = step.kind === "loop" ? { ...at, around: at.around ?? step } : at;
      result.push(mapBodies(step, (body) => merged(body, inside)));
    }
  }
  return result;
}

function withEpilogue(
  product: MatmulStep,
  step: FusedStep,
  { usesOf, accepts, around }: Surroundings,
): MatmulStep | undefined {
  const { to, left, right } = product;
  const isThere = (value: FusedStep["operands"][number]) =>
    value.kind === "memory" && value.address.storage === to.address.storage;
  const [operand, ...others] = [...step.operands.keys()].filter((i) => isThere(step.operands[i] ?? to));
  const value = step.operands[operand ?? -1];
  if (operand === undefined || value?.kind !== "memory" || others.length > 0) return undefined;
  // Element by element, what the loop reads is what the product writes.
  const isWhole = isDense(value) && isDense(to) && sameElements(value, to) && sameShape(value.shape, step.shape);
  // Other results of the product are still being computed when an element is written; and who keeps the result, keeps it alone.
  const isInTheWay = ({ to: { address } }: FusedStep["results"][number]) =>
    [left, right, to].some((own) => own.address.storage === address.storage);
  if (product.epilogue !== undefined || !isWhole || step.results.some(isInTheWay)) return undefined;
  if (!accepts(product, step, around)) return undefined;
  return { ...product, epilogue: { step, operand, keepsResult: usesOf(to.address.storage) > 2 } };
}

/** Whether both begin at the same place and have as many elements. */
function sameElements(a: MemoryValue, b: MemoryValue): boolean {
  return isSamePlace({ ...a, shape: b.shape, strides: b.strides }, b) && sizeOf(a.shape) === sizeOf(b.shape);
}
