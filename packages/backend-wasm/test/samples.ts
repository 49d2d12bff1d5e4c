/** Samples of ops as tensors and functions of tensors. */
import { dtypeTable, type FloatDType, Tensor } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { type Sample, sampleValues } from "@tapegrad/ops/samples";

/** On the backend that is the default where it is called. */
export function sampleInputs(sample: Sample, float: FloatDType): Tensor[] {
  const values = sampleValues(sample);
  return sample.inputs.map(({ shape, dtype }, i) => {
    const held = dtype === "float" ? float : dtype;
    return fromHost(dtypeTable[held].array.from(defined(values[i], "values")), shape, held);
  });
}

export function functionOf(sample: Sample): (...inputs: Tensor[]) => readonly Tensor[] {
  return (...inputs) => {
    const result = sample.run(...inputs);
    return result instanceof Tensor ? [result] : result;
  };
}
