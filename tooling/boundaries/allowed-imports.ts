/**
 * The architecture as a table: what the sources of each package may import, by folder name. Imports point one way, only the
 * umbrella and apps choose a backend, only tests and the playground's
 * checks of gradients use `conformance`. Packages that are still to come have their row already.
 */
const vocabulary = ["core", "ops", "autodiff"];

export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ops: ["core"],
  autodiff: ["core", "ops"],
  compiler: vocabulary,
  "backend-cpu": ["core", "ops"],
  // Its tensors are typed arrays too, and what it has no code for runs on the portable kernels.
  "backend-wasm": [...vocabulary, "compiler", "backend-cpu"],
  "backend-webgpu": [...vocabulary, "compiler"],
  nn: vocabulary,
  optim: vocabulary,
  data: ["core"],
  safetensors: ["core"],
  parallel: vocabulary,
  conformance: vocabulary,
  tapegrad: [
    ...vocabulary,
    "compiler",
    "backend-cpu",
    "backend-wasm",
    "backend-webgpu",
    "nn",
    "optim",
    "data",
    "safetensors",
  ],
};
