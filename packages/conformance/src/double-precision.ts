/** Turns a recorded function into float64: its inputs, constants, casts and bodies. */
import { type DType, interpret, isFloat, Program, type Tensor, type Variable } from "@tapegrad/core";
import { mapBodies } from "@tapegrad/core/internal";
import { cast } from "@tapegrad/ops";

/** The results of `program`, recorded in float32, computed in float64. */
export function interpretDouble(program: Program, inputs: readonly Tensor[]): Tensor[] {
  return interpret(inDouble(program), inputs.map(widened));
}

function widened(x: Tensor): Tensor {
  return isFloat(x.dtype) ? cast(x, "float64") : x;
}

/** Variables keep their identity. Attributes name dtypes where an op makes values: casts and constants. */
function inDouble({ inputs, nodes, outputs }: Program): Program {
  const variable = ({ id, shape, dtype }: Variable): Variable => ({
    id,
    shape,
    dtype: isFloat(dtype) ? "float64" : dtype,
  });
  return new Program(
    inputs.map(variable),
    nodes.map((node) => {
      const { attributes } = mapBodies(node, inDouble);
      const { dtype }: { readonly dtype?: DType } = attributes;
      return {
        ...node,
        inputs: node.inputs.map(variable),
        outputs: node.outputs.map(variable),
        attributes: dtype !== undefined && isFloat(dtype) ? { ...attributes, dtype: "float64" } : attributes,
      };
    }),
    outputs.map(variable),
  );
}
