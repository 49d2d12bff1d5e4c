/** What the reference covers, in the order in which it lists it, and the category that each source file's exports belong to. */

export interface ReferencePackage {
  /** Folder in `packages/`, and in the site's `reference/`. */
  readonly folder: string;
  readonly name: string;
  /** Categories in order: each has the source files, or folders, whose exports it holds. What is in none is in `rest`. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
  readonly rest: string;
}

/** Interfaces and type aliases come last, whichever file they are in. */
export const typesCategory = "Types";

export const referencePackages: readonly ReferencePackage[] = [
  { folder: "tapegrad", name: "tapegrad", categories: {}, rest: "Backends" },
  {
    folder: "core",
    name: "@tapegrad/core",
    categories: {
      "Tensors and Parameters": ["tensor", "dtype", "parameter", "named-state", "standalone", "host-array", "shape"],
      Structures: ["tree"],
      "Backends and memory": ["backend", "memory", "shortage"],
      Errors: ["errors"],
    },
    rest: "Recording",
  },
  {
    folder: "ops",
    name: "@tapegrad/ops",
    categories: {
      Creation: ["creation", "one-hot", "operands"],
      Arithmetic: ["arithmetic"],
      "Elementwise functions": ["elementary", "elementwise"],
      "Comparison and selection": ["select"],
      Reductions: ["reductions", "spread"],
      "Matrix products": ["matmul", "einsum"],
      "Shape and movement": ["windows", "identity"],
      "Indexing and sorting": ["indexing"],
      "Random numbers": ["random"],
    },
    rest: "Table of ops",
  },
  {
    folder: "autodiff",
    name: "@tapegrad/autodiff",
    categories: {
      "Gradients and tangents": ["tape", "transforms", "jacobian"],
      "Loops and branches": ["scan", "cond"],
      Batching: ["vmap"],
      Compilation: ["compile"],
      "Rules and memory": ["checkpoint", "custom-vjp"],
      Debugging: ["anomaly"],
    },
    rest: "Extension",
  },
  {
    folder: "nn",
    name: "@tapegrad/nn",
    categories: {
      Modules: ["module", "sequential", "callable"],
      "Recurrent layers": ["layers", "recurrent", "bidirectional", "recurrent-layer"],
      Cells: ["cells", "cell-variants", "cell-wrappers", "stacked-cell", "cell"],
      "Other layers": ["linear", "embedding", "dropout", "layer-norm", "attention"],
      Losses: ["losses"],
      "Backpropagation through time": ["bptt", "gradient-flow", "state-jacobians"],
      "Sampling and decoding": ["sample", "decoding"],
      Initialisation: ["initializers", "initialization"],
    },
    rest: "Other",
  },
  {
    folder: "optim",
    name: "@tapegrad/optim",
    categories: {
      Optimisers: ["adam", "adagrad", "rmsprop", "sgd", "optimizer"],
      Schedules: ["schedules"],
      "Gradient clipping": ["clip"],
      Averages: ["average"],
    },
    rest: "Other",
  },
  {
    folder: "data",
    name: "@tapegrad/data",
    categories: {
      "Text and tokens": ["vocabulary", "token-streams"],
      Batches: ["batches", "padding", "shuffle"],
      Baselines: ["ngram"],
    },
    rest: "Other",
  },
  {
    folder: "parallel",
    name: "@tapegrad/parallel",
    categories: {
      Communicators: ["communicator", "mpi", "threads"],
    },
    rest: "Data parallelism",
  },
  {
    folder: "safetensors",
    name: "@tapegrad/safetensors",
    categories: {
      Files: ["decode", "encode", "open-tensors", "tensors"],
      "Weights of other libraries": ["keras"],
    },
    rest: "Other",
  },
  { folder: "conformance", name: "@tapegrad/conformance", categories: {}, rest: "Checks" },
  { folder: "backend-cpu", name: "@tapegrad/backend-cpu", categories: {}, rest: "Backend" },
  { folder: "backend-wasm", name: "@tapegrad/backend-wasm", categories: {}, rest: "Backend" },
  { folder: "backend-webgpu", name: "@tapegrad/backend-webgpu", categories: {}, rest: "Backend" },
  {
    folder: "compiler",
    name: "@tapegrad/compiler",
    categories: { Schedule: ["schedule"] },
    rest: "Passes",
  },
];

/** The category of what `file`, relative to the package's `src/` and without its ending, exports. */
export function categoryOf({ categories, rest }: ReferencePackage, file: string): string {
  const found = Object.entries(categories).find(([, files]) =>
    files.some((name) => file === name || file.startsWith(`${name}/`)),
  );
  return found?.[0] ?? rest;
}
