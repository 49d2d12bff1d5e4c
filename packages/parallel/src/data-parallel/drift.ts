/** Checks that Parameters are the same on all ranks, bit for bit. It is an op, so that compiled steps can use it too. */
import { apply, type OpDefinition, type Parameter, TapegradError, type Tensor } from "@tapegrad/core";
import { allGather, bytesOf, piecesOf } from "../collectives/collectives.ts";
import { transportOf, type WorldAttributes } from "../collectives/ops.ts";

interface DriftAttributes extends WorldAttributes {
  /** A name for each operand. */
  readonly names: readonly string[];
}

/** 0 where all operands have the bits that they have on rank 0. @throws TapegradError, naming the first that differs, else. */
const driftOp: OpDefinition<DriftAttributes> = {
  name: "drift",
  type: () => ({ shape: [], dtype: "int32" }),
  derivative: { kind: "none" },
  batching: { kind: "trailing" },
  tolerance: 0,
  host(operands, { names, ...world }, y) {
    const transport = transportOf(world);
    const { rank, size } = transport;
    const hashes = new Int32Array(size * operands.length);
    hashes.set(
      operands.map(({ data }) => hashOf(bytesOf(data))),
      rank * operands.length,
    );
    allGather(transport, piecesOf(bytesOf(hashes), size));
    y.data.fill(0);
    for (const [index, name] of names.entries()) {
      for (let other = 1; other < size; other++) {
        if (hashes[other * operands.length + index] === hashes[index]) continue;
        const problem = `ranks have drifted apart: ${name} of rank ${other} differs from rank 0's`;
        throw new TapegradError("dataParallel", problem, "let all ranks do the same updates");
      }
    }
  },
};

/** int32 []: 0. @throws TapegradError when this is computed and one of `parameters` differs from rank 0's on some rank. */
export function drift(world: WorldAttributes, parameters: readonly Parameter[]): Tensor {
  const names = parameters.map((parameter, index) => {
    const name = parameter.name === undefined ? "" : ` ${JSON.stringify(parameter.name)}`;
    return `Parameter ${index}${name} [${parameter.shape}]`;
  });
  return apply(
    driftOp,
    parameters.map(({ value }) => value),
    { ...world, names },
  );
}

/** FNV-1a over the bytes. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
