/**
 * The recorder of passes, for nodes that stay as they are and for ops that are applied. It applies the local laws, and records
 * equal nodes once: no recorded Program has an `x · 1`, or `f(x)` twice.
 */
import { isRegion, Program, type ProgramNode, type Tensor, type TensorType, type Variable } from "@tapegrad/core";
import {
  type Application,
  bodiesOf,
  defined,
  internal,
  symbolicTensor,
  tensorOf,
  traceFrame,
  withFrame,
  withoutDeadNodes,
} from "@tapegrad/core/internal";
import type { PrimitiveName } from "@tapegrad/ops";
import { simplifications } from "../laws/simplify.ts";
import { signatureOf } from "./graph.ts";
import { lawsOf, type Site } from "./origins.ts";
import { type Origin, originFrom } from "./primitive-node.ts";

type Call = Omit<Application, "outputs">;

/** Records one Program. */
export class Recorder {
  readonly #inputs: readonly Variable[];
  readonly #nodes: ProgramNode[] = [];
  /** Of the Program that is rewritten, by result. */
  readonly #kept: ReadonlyMap<number, ProgramNode>;
  /** What is recorded besides, by result. */
  readonly #makers = new Map<number, ProgramNode>();
  /** By variable of what is recorded. */
  readonly #tensors = new Map<number, Tensor>();
  /** By key, what is recorded already; of the first `#indexed` nodes, since few passes ask. */
  readonly #known = new Map<string, readonly Variable[]>();
  #indexed = 0;
  /** The key of the application that is about to be recorded. */
  #missed: string | undefined;
  readonly #shares: boolean;

  /** Of `nodes` some are kept; `shares` is whether an application that equals an earlier one is that one. */
  constructor(inputs: readonly Variable[], nodes: readonly ProgramNode[], shares: boolean) {
    this.#inputs = inputs;
    this.#kept = makersOf(nodes);
    this.#shares = shares;
    for (const input of inputs) this.#tensors.set(input.id, tensorOf(input));
  }

  /** Runs `fn`, which records. */
  record<T>(fn: () => T): T {
    const frame = traceFrame({
      knows: ({ id }) => this.#knows(id),
      bind: () => {
        throw internal("a pass read a Parameter");
      },
      instead: (call, types) => this.#simpler(call, types) ?? this.#earlier(call),
      record: (application) => this.#note(application),
    });
    return withFrame(frame, fn);
  }

  /** Records a node on other operands of the same types. */
  again({ op, attributes, outputs: types }: ProgramNode, inputs: readonly Tensor[]): readonly Tensor[] {
    const call = { op, attributes, inputs };
    const known = this.#simpler(call, types) ?? this.#earlier(call);
    if (known !== undefined) return known;
    const outputs = types.map((type) => symbolicTensor(type));
    this.#note({ ...call, outputs });
    return outputs;
  }

  /** Records a node of the Program as it is. */
  keep(node: ProgramNode): void {
    this.#nodes.push(node);
  }

  /** The tensor of a variable that is recorded. */
  tensorOf(variable: Variable): Tensor {
    const known = this.#tensors.get(variable.id);
    if (known !== undefined) return known;
    if (!this.#knows(variable.id)) throw internal("a pass read a value that is not recorded");
    const tensor = tensorOf(variable);
    this.#tensors.set(variable.id, tensor);
    return tensor;
  }

  /** How a tensor was made; undefined for inputs. */
  readonly originOf = ({ variable }: Tensor): Origin | undefined => {
    const maker = this.#makers.get(variable.id) ?? this.#kept.get(variable.id);
    if (maker === undefined) return undefined;
    return originFrom(
      maker,
      maker.inputs.map((input) => this.tensorOf(input)),
    );
  };

  /** What was recorded, as far as the results need it. */
  program(results: readonly Tensor[]): Program {
    const outputs = results.map((result) => this.#use(result));
    return new Program(this.#inputs, withoutDeadNodes(this.#nodes, outputs).live, outputs);
  }

  #knows(id: number): boolean {
    return this.#tensors.has(id) || this.#kept.has(id);
  }

  #use({ variable }: Tensor): Variable {
    if (!this.#knows(variable.id)) throw internal("a pass made a constant that is not an op");
    return variable;
  }

  #note({ op, attributes, inputs, outputs }: Application): void {
    const results = outputs.map(({ variable }) => variable);
    for (const output of outputs) this.#tensors.set(output.variable.id, output);
    const operands = inputs.map((input) => this.#use(input));
    const node = { op, attributes, inputs: operands, outputs: results, stop: false, origin: undefined };
    this.#nodes.push(node);
    for (const { id } of results) this.#makers.set(id, node);
    if (this.#missed === undefined) return;
    // All nodes before it are indexed.
    this.#known.set(this.#missed, results);
    this.#indexed++;
    this.#missed = undefined;
  }

  #simpler({ op, attributes, inputs }: Call, [output]: readonly TensorType[]): readonly Tensor[] | undefined {
    const laws = lawsOf<Site<PrimitiveName>>(simplifications, op);
    if (laws === undefined || output === undefined) return undefined;
    const site = { attributes, operands: inputs, output, originOf: this.originOf };
    for (const law of laws) {
      const better = law(site);
      if (better !== undefined) return [better];
    }
    return undefined;
  }

  #earlier({ op, attributes, inputs }: Call): readonly Tensor[] | undefined {
    if (!this.#shares || hasEffects({ op, attributes })) return undefined;
    for (; this.#indexed < this.#nodes.length; this.#indexed++) {
      const node = defined(this.#nodes[this.#indexed], "node");
      const key = keyOf(node, node.inputs);
      if (!this.#known.has(key)) this.#known.set(key, node.outputs);
    }
    let key = signatureOf({ op, attributes });
    for (const { variable } of inputs) key += ` ${variable.id}`;
    const outputs = this.#known.get(key);
    if (outputs === undefined) this.#missed = key;
    return outputs?.map((output) => this.tensorOf(output));
  }
}

/** By list of nodes: many passes in a row see the same Program. */
const makers = new WeakMap<readonly ProgramNode[], ReadonlyMap<number, ProgramNode>>();

function makersOf(nodes: readonly ProgramNode[]): ReadonlyMap<number, ProgramNode> {
  const known = makers.get(nodes);
  if (known !== undefined) return known;
  const found = new Map<number, ProgramNode>();
  for (const node of nodes) for (const { id } of node.outputs) found.set(id, node);
  makers.set(nodes, found);
  return found;
}

function keyOf(node: Pick<ProgramNode, "op" | "attributes">, inputs: readonly Variable[]): string {
  let key = signatureOf(node);
  for (const { id } of inputs) key += ` ${id}`;
  return key;
}

/** Whether it is more than its result: what runs on the host runs as often as it is applied. */
function hasEffects(node: Pick<ProgramNode, "op" | "attributes">): boolean {
  return isRegion(node.op) ? bodiesOf(node).some(({ nodes }) => nodes.some(hasEffects)) : node.op.host !== undefined;
}
