/**
 * How every pass works: the Program is recorded again, node by node, and a pass says what to record instead. Passes run after
 * all differentiation, so identities and derivative barriers no longer matter; values must stay the same.
 */
import { type Attributes, Program, type ProgramNode, type RegionDefinition, type Tensor, trace } from "@tapegrad/core";
import { applyNode, defined, mapBodies } from "@tapegrad/core/internal";

/** Rewrites a Program into another one with the same results. */
export type Pass = (program: Program) => Program;

/** What to record in place of a node, given its operands; undefined leaves it as it is. Results nobody reads may be missing. */
export type Replacement = (
  node: ProgramNode,
  operands: readonly Tensor[],
) => readonly (Tensor | undefined)[] | undefined;

/** `program` with replacements made, and without what they left dead. `given` is filled with what stands for its inputs. */
export function rewrite(program: Program, replace: Replacement, given = new Map<number, Tensor>()): Program {
  const recorded = trace((inputs) => {
    const values = new Map<number, Tensor | undefined>();
    for (const [i, { id }] of program.inputs.entries()) {
      given.set(id, defined(inputs[i], "input"));
      values.set(id, inputs[i]);
    }
    const resolve = ({ id }: { readonly id: number }) => defined(values.get(id), "program value");
    for (const node of program.nodes) {
      const operands = node.inputs.map(resolve);
      const outputs = replace(node, operands) ?? applyNode(node, operands);
      for (const [i, { id }] of node.outputs.entries()) values.set(id, outputs[i]);
    }
    return program.outputs.map(resolve);
  }, program.inputs);
  if (recorded.captures.length > 0) throw new Error("internal: a pass made a constant that is not an op");
  return recorded.program;
}

/** The pass on the bodies of regions first, then on the Program itself. */
export function everywhere(pass: Pass): Pass {
  const deep: Pass = (program) =>
    pass(
      new Program(
        program.inputs,
        program.nodes.map((node) => mapBodies(node, deep)),
        program.outputs,
      ),
    );
  return deep;
}

/** Every application of `region`, in bodies as well, becomes what `inside` records for it. */
export function inlining<A extends Attributes>(
  region: RegionDefinition<A>,
  inside: (operands: readonly Tensor[], attributes: A) => readonly Tensor[],
): Pass {
  return everywhere((program) =>
    program.nodes.some(({ op }) => op === region)
      ? rewrite(
          program,
          ({ op, attributes }, operands) => (op === region ? inside(operands, attributes as A) : undefined), // By the record's identity.
        )
      : program,
  );
}
