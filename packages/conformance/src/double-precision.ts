/** A recorded function with float64 wherever it has another float: in its inputs, constants, casts and bodies. */
import { interpret, isFloat, Program, type Tensor, type Variable } from "@tapegrad/core";
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
    nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(variable),
      outputs: node.outputs.map(variable),
      attributes: Object.fromEntries(
        Object.entries(node.attributes).map(([name, value]) => {
          if (value instanceof Program) return [name, inDouble(value)];
          return [name, name === "dtype" && isFloat(value) ? "float64" : value];
        }),
      ),
    })),
    outputs.map(variable),
  );
}
