/** One entry of a tape: an op application, reduced to what its derivative needs. */
import {
  type Application,
  type Attributes,
  type Derivative,
  type DerivativeContext,
  internal,
  type OpDefinition,
  type Saves,
  type Tensor,
  type Variable,
} from "@tapegrad/core";

export interface TapeNode {
  readonly op: OpDefinition;
  readonly attributes: Attributes;
  readonly inputs: readonly Variable[];
  readonly output: Variable;
  /** The operands that are still held, by input position; others were not needed and are free. */
  readonly savedInputs: readonly (Tensor | undefined)[];
  readonly savedOutput: Tensor | undefined;
}

/** Keeps the operands that the op declares it saves, or all of them. */
export function nodeOf({ op, attributes, inputs, output }: Application, keepAll: boolean): TapeNode {
  const saves = savesOf(op.derivative);
  return {
    op,
    attributes,
    inputs: inputs.map((input) => input.variable),
    output: output.variable,
    savedInputs: inputs.map((input, index) => (keepAll || saves.includes(index) ? input : undefined)),
    savedOutput: keepAll || saves.includes("y") ? output : undefined,
  };
}

function savesOf(derivative: Derivative<Attributes>): Saves {
  return "saves" in derivative ? derivative.saves : [];
}

/** What the op's rules may look at. */
export function contextOf(node: TapeNode): DerivativeContext<Attributes> {
  return {
    input: (index) => {
      const value = node.savedInputs[index];
      if (value === undefined)
        throw internal(`the derivative of ${node.op.name} reads input ${index}, which it does not save`);
      return value;
    },
    get y() {
      if (node.savedOutput === undefined)
        throw internal(`the derivative of ${node.op.name} reads its output, which it does not save`);
      return node.savedOutput;
    },
    inputTypes: node.inputs,
    attributes: node.attributes,
  };
}
