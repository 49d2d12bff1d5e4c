/** One entry of a tape: an op application, reduced to what its derivative needs. */
import {
  type Attributes,
  type Derivative,
  type DerivativeContext,
  isFloat,
  isRegion,
  type OpDefinition,
  type Operation,
  type RegionContext,
  type Saves,
  type Tensor,
  type TensorType,
  type Variable,
} from "@tapegrad/core";
import { type Application, currentOrigin, defined, internal, retain } from "@tapegrad/core/internal";

/** One application on a tape: the op, its attributes, what of its operands was kept, and its results. */
export interface TapeNode {
  readonly op: Operation;
  readonly attributes: Attributes;
  readonly inputs: readonly Variable[];
  readonly outputs: readonly Variable[];
  /** The operands that are still held, by position; others were not needed and are free. */
  readonly savedInputs: readonly (Tensor | undefined)[];
  readonly savedOutputs: readonly (Tensor | undefined)[];
  /** Where it was called, if origins were tracked. */
  readonly origin: string | undefined;
}

/** Keeps the operands that the op declares it saves, or all of them. A region keeps all: its rules are whole functions. */
export function nodeOf({ op, attributes, inputs, outputs }: Application, keepAll: boolean): TapeNode {
  const saves: Saves | "all" = keepAll || isRegion(op) ? "all" : savesOf(op.derivative);
  return {
    op,
    attributes,
    inputs: inputs.map((input) => input.variable),
    outputs: outputs.map((output) => output.variable),
    savedInputs: inputs.map((input, index) => (saves === "all" || saves.includes(index) ? retain(input) : undefined)),
    savedOutputs: outputs.map((output) => (saves === "all" || saves.includes("y") ? retain(output) : undefined)),
    origin: currentOrigin(),
  };
}

/** Whether a derivative can pass through at all. */
export function isDifferentiable({ op, inputs, outputs }: Pick<TapeNode, "op"> & Operands): boolean {
  if (inputs.length === 0 || !outputs.some(({ dtype }) => isFloat(dtype))) return false;
  return isRegion(op) || (op.derivative.kind !== "zero" && op.derivative.kind !== "none");
}

interface Operands {
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
}

function savesOf(derivative: Derivative<Attributes>): Saves {
  return "saves" in derivative ? derivative.saves : [];
}

/** What a primitive's rules may look at. A class, because an object with a getter in it takes long to make. */
class SavedOperands implements DerivativeContext<Attributes> {
  readonly #op: OpDefinition;
  readonly #node: TapeNode;

  constructor(op: OpDefinition, node: TapeNode) {
    this.#op = op;
    this.#node = node;
  }

  get inputTypes(): readonly Variable[] {
    return this.#node.inputs;
  }

  get attributes(): Attributes {
    return this.#node.attributes;
  }

  /** A function of its own, which rules take apart from the rest. */
  readonly input = (index: number): Tensor => this.#node.savedInputs[index] ?? this.#unsaved(`input ${index}`);

  get y(): Tensor {
    return this.#node.savedOutputs[0] ?? this.#unsaved("its output");
  }

  #unsaved(what: string): never {
    throw internal(`the derivative of ${this.#op.name} reads ${what}, which it does not save`);
  }
}

export function contextOf(op: OpDefinition, node: TapeNode): DerivativeContext<Attributes> {
  return new SavedOperands(op, node);
}

/** What a region's rules may look at. */
export function regionContextOf(node: TapeNode): RegionContext<Attributes> {
  return {
    inputs: node.savedInputs.map((input) => defined(input, "region input")),
    outputs: node.savedOutputs.map((output) => defined(output, "region output")),
    attributes: node.attributes,
  };
}
