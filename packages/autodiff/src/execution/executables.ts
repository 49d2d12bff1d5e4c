/**
 * Executables of Programs: the backend's compiled code where it has some, else the interpreter. No Program is compiled twice.
 */
import {
  type Attributes,
  applyRegion,
  type Backend,
  type Executable,
  isRegion,
  Program,
  type ProgramNode,
  type RegionDefinition,
  type Residents,
  sizeOf,
  type Tensor,
  type TensorType,
  trace,
  withBackend,
} from "@tapegrad/core";
import {
  bodiesOf,
  commonBackend,
  mapBodies,
  sameAttributes,
  sameList,
  sameType,
  tracksOrigins,
} from "@tapegrad/core/internal";
import { freshResults } from "../trees/flat-trees.ts";

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

/** Loops kept per backend; the one unused for longest goes first. */
const capacity = 64;
/** Loops that take the interpreter longer are compiled. */
const worthCompiling = 5_000_000;

interface CompiledRegion {
  readonly name: string;
  readonly types: readonly TensorType[];
  readonly attributes: Attributes;
  /** Undefined for what the backend cannot compile. */
  readonly executable: Executable | undefined;
}

/** The one used last comes first. */
const compiledRegions = new WeakMap<Backend, CompiledRegion[]>();

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
  const known = compiledRegions.get(backend) ?? [];
  compiledRegions.set(backend, known);
  const found = known.findIndex(
    ({ name, types, attributes: before }) =>
      name === region.name && sameList(types, inputs, sameType) && sameAttributes(before, attributes),
  );
  const compiled =
    (found < 0 ? undefined : known.splice(found, 1)[0]) ?? compileRegion(backend, region, inputs, attributes);
  known.unshift(compiled);
  known.splice(capacity);
  return compiled.executable?.(inputs);
}

function compileRegion<A extends Attributes>(
  backend: Backend,
  region: RegionDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
): CompiledRegion {
  const types = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
  const { program } = trace((symbols) => applyRegion(region, symbols, attributes), types);
  const executable = backend.compile?.(withoutFunctions(program));
  return { name: region.name, types, attributes: dataOf({ op: region, attributes }), executable };
}

/** `program` to be kept: a rule of a derivative, which running needs not, leads to whatever somebody's function closes over. */
function withoutFunctions({ inputs, nodes, outputs }: Program): Program {
  return new Program(
    inputs,
    nodes.map((node) => ({ ...node, attributes: dataOf(node) })),
    outputs,
  );
}

/** `attributes` without functions, also in bodies. */
function dataOf({ op, attributes }: Pick<ProgramNode, "op" | "attributes">): Attributes {
  const data = Object.fromEntries(Object.entries(attributes).filter(([, value]) => typeof value !== "function"));
  return mapBodies({ op, attributes: data }, withoutFunctions).attributes;
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
