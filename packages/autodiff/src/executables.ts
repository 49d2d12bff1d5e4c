/** What runs Programs on a backend: its own compiled code where it has some, and never twice compiled. */
import {
  applyRegion,
  type Backend,
  commonBackend,
  type Executable,
  type Program,
  print,
  type RegionDefinition,
  type Residents,
  type Tensor,
  trace,
  tracksOrigins,
  withBackend,
} from "@tapegrad/core";
import { freshResults } from "./leaves.ts";

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

/** Regions kept per backend; the one unused for longest goes first. */
const capacity = 64;

interface Sighting {
  readonly text: string;
  count: number;
  /** Undefined as well if the backend cannot compile it. */
  executable: Executable | undefined;
}

const sightings = new WeakMap<Backend, Sighting[]>();

/**
 * The results of a region from compiled code, if this very computation was asked for before: the first time, compiling would
 * cost more than it saves. Undefined where the interpreter has to do it.
 */
export function runCompiled<A extends object>(
  region: RegionDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] | undefined {
  if (inputs.length === 0 || tracksOrigins()) return undefined;
  const backend = commonBackend(region.name, inputs);
  if (backend.compile === undefined) return undefined;
  const { program } = trace(
    (symbols) => applyRegion(region, symbols, attributes),
    inputs.map(({ variable }) => variable),
  );
  const text = print(program);
  const seen = sightings.get(backend) ?? [];
  const index = seen.findIndex((sighting) => sighting.text === text);
  const sighting = seen.splice(index, index < 0 ? 0 : 1)[0] ?? { text, count: 0, executable: undefined };
  sightings.set(backend, [sighting, ...seen].slice(0, capacity));
  if (++sighting.count === 2) sighting.executable = backend.compile(program);
  return sighting.executable?.(inputs);
}
