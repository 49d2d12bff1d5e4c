/**
 * Executables of Programs: the backend's compiled code where it has some, else the interpreter. No Program is compiled twice.
 */
import {
  type Attributes,
  applyRegion,
  type Backend,
  type Executable,
  isRegion,
  type Operation,
  Program,
  type ProgramNode,
  print,
  type RegionDefinition,
  type Residents,
  sizeOf,
  type Tensor,
  trace,
  withBackend,
} from "@tapegrad/core";
import { BoundedCache, bodiesOf, commonBackend, mapBodies, tracksOrigins } from "@tapegrad/core/internal";
import { freshResults } from "../trees/flat-trees.ts";
import { identityOf } from "./call-arguments.ts";

const executables = new WeakMap<Program, Map<Backend, Executable>>();

/** What runs `program` on `backend`: the backend's own, or the reference interpreter. */
export function executableFor(backend: Backend, program: Program, residents: Residents): Executable {
  const known = executables.get(program) ?? new Map<Backend, Executable>();
  executables.set(program, known);
  const executable =
    known.get(backend) ??
    backend.compile?.(program, residents) ??
    ((inputs) => withBackend(backend, () => freshResults(program, inputs)));
  known.set(backend, executable);
  return executable;
}

/** Loops kept per backend. */
const capacity = 64;
/** Loops that take the interpreter longer are compiled. */
const worthCompiling = 5_000_000;

const compiledRegions = new WeakMap<Backend, BoundedCache<string, Executable | undefined>>();

/**
 * The results of a region from compiled code; undefined where the interpreter has to do it, or does it soon enough. Only the
 * computation itself decides, never what ran before, so that results do not depend on history.
 */
export function runCompiled<A extends Attributes>(
  region: RegionDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] | undefined {
  if (inputs.length === 0 || tracksOrigins() || nanosecondsOf({ op: region, attributes }) < worthCompiling)
    return undefined;
  const backend = commonBackend(region.name, inputs);
  if (backend.compile === undefined) return undefined;
  const { program } = trace(
    (symbols) => applyRegion(region, symbols, attributes),
    inputs.map(({ variable }) => variable),
  );
  const known = compiledRegions.get(backend) ?? new BoundedCache<string, Executable | undefined>(capacity);
  compiledRegions.set(backend, known);
  const key = [print(program), ...decomposedOps(program).map(identityOf)].join(" ");
  return known.get(key, () => backend.compile?.(withoutFunctions(program)))?.(inputs);
}

/** The ops that say how they are done with others, which their names do not tell apart. */
function decomposedOps({ nodes }: Program): Operation[] {
  return nodes.flatMap((node) => {
    if (isRegion(node.op)) return bodiesOf(node).flatMap(decomposedOps);
    return node.op.decompose === undefined ? [] : [node.op];
  });
}

/** `program` to be kept: a rule of a derivative, which running needs not, leads to whatever somebody's function closes over. */
function withoutFunctions({ inputs, nodes, outputs }: Program): Program {
  const kept = (attributes: Attributes): Attributes =>
    Object.fromEntries(Object.entries(attributes).filter(([, value]) => typeof value !== "function"));
  return new Program(
    inputs,
    nodes.map((node) => mapBodies({ ...node, attributes: kept(node.attributes) }, withoutFunctions)),
    outputs,
  );
}

/** About what the interpreter takes for a region: two microseconds an op, and four tenths of a nanosecond a product. */
function nanosecondsOf(region: Pick<ProgramNode, "op" | "attributes">): number {
  const { attributes } = region;
  const length = "length" in attributes && typeof attributes.length === "number" ? attributes.length : 1;
  return (
    length *
    bodiesOf(region)
      .flatMap(({ nodes }) => nodes)
      .reduce((sum, node) => sum + nanosecondsOfNode(node), 0)
  );
}

function nanosecondsOfNode(node: ProgramNode): number {
  const {
    op,
    attributes,
    inputs: [x],
    outputs: [y],
  } = node;
  if (isRegion(op)) return nanosecondsOf(node);
  const isTransposed = "transposeLeft" in attributes && attributes.transposeLeft === true;
  const products =
    op.derivative.kind === "multilinear" ? (x?.shape.at(isTransposed ? -2 : -1) ?? 1) * sizeOf(y?.shape ?? []) : 0;
  return 2000 + 0.4 * products;
}
