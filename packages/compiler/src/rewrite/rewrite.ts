/**
 * The mechanism of every pass: the Program is recorded again, node by node, and the pass says what to record instead of a node.
 * Passes run after all differentiation, so identities and derivative barriers no longer matter. Values must stay the same.
 */
import { Program, type ProgramNode, type Tensor } from "@tapegrad/core";
import { defined, freshVariable, mapBodies } from "@tapegrad/core/internal";
import type { Origin } from "./primitive-node.ts";
import { Recorder } from "./recorder.ts";

/** Rewrites a Program into another one with the same results. */
export type Pass = (program: Program) => Program;

/** What to record in place of a node, given its operands; undefined leaves it as it is. Unread results may be missing. */
export type Replacement = (
  node: ProgramNode,
  operands: readonly Tensor[],
  originOf: (x: Tensor) => Origin | undefined,
) => readonly (Tensor | undefined)[] | undefined;

/** Options of `rewrite`. */
export interface RewriteOptions {
  /** Filled with what stands for the Program's inputs. */
  readonly given?: Map<number, Tensor> | undefined;
  /** Records every node anew, as the recorder would have it, also where nothing changes. */
  readonly anew?: boolean | undefined;
  /** The nodes that may be replaced: of the others, nothing is asked. */
  readonly concerns?: ((node: ProgramNode) => boolean) | undefined;
  /** Whether an application that equals an earlier one is that one: not where checkpoints compute a value again. */
  readonly shares?: boolean | undefined;
}

/** `program` with replacements made, and without what they left dead. */
export function rewrite(
  program: Program,
  replace: Replacement,
  { given, anew = false, concerns, shares = true }: RewriteOptions = {},
): Program {
  const inputs = anew ? program.inputs.map(freshVariable) : program.inputs;
  const recorder = new Recorder(inputs, program.nodes, shares);
  return recorder.record(() => {
    /** By variable of `program`, what stands for it, where that is another one. */
    const changed = new Map<number, Tensor | undefined>();
    if (anew)
      for (const [i, { id }] of program.inputs.entries())
        changed.set(id, recorder.tensorOf(defined(inputs[i], "input")));
    const resolve = (variable: ProgramNode["inputs"][number]) =>
      changed.has(variable.id) ? defined(changed.get(variable.id), "program value") : recorder.tensorOf(variable);
    for (const input of program.inputs) given?.set(input.id, resolve(input));
    let isChanged = false;
    for (const node of program.nodes) {
      const isKept = !anew && (!isChanged || node.inputs.every(({ id }) => !changed.has(id)));
      const isConcerned = concerns?.(node) ?? true;
      if (isKept && !isConcerned) {
        recorder.keep(node);
        continue;
      }
      const operands = node.inputs.map(resolve);
      const replaced = isConcerned ? replace(node, operands, recorder.originOf) : undefined;
      const outputs = replaced ?? (isKept ? undefined : recorder.again(node, operands));
      if (outputs === undefined) {
        recorder.keep(node);
        continue;
      }
      isChanged = true;
      for (const [i, { id }] of node.outputs.entries()) changed.set(id, outputs[i]);
    }
    return anew || isChanged ? recorder.program(program.outputs.map(resolve)) : program;
  });
}

/** The pass on the bodies of regions first, then on the Program itself. */
export function everywhere(pass: Pass): Pass {
  const deep: Pass = (program) => {
    const nodes = program.nodes.map((node) => mapBodies(node, deep));
    const isSame = nodes.every((node, i) => node === program.nodes[i]);
    return pass(isSame ? program : new Program(program.inputs, nodes, program.outputs));
  };
  return deep;
}
