/**
 * The rules of dependency-cruiser (`pnpm boundaries`), made from the table of who may import whom. The test in
 * `tooling/boundaries` proves that each of them can fail.
 */
import { allowedImports } from "./boundaries/allowed-imports.ts";

/** Workspace packages are reached through their links in node_modules, as their users reach them. */
const workspacePackage = "node_modules/(@tapegrad/|tapegrad/)";

const oneWay = Object.entries(allowedImports).map(([name, allowed]) => ({
  name: `imports-of-${name}`,
  comment: `${name} may import ${allowed.join(", ") || "no other package"}: imports point one way.`,
  severity: "error",
  from: { path: `^packages/${name}/src/` },
  to: {
    path: workspacePackage,
    ...(allowed.length > 0 && { pathNot: `node_modules/@tapegrad/(${allowed.join("|")})/` }),
  },
}));

/** Files whose types name each other. The first group is one concept; the others could be taken apart by moving a type. */
const mutualTypes = [
  // A tensor has a backend, a backend runs Programs of ops, and an op's rules take tensors; frames see all of them.
  "core/src/(dispatch/(backend|frames|op)|parameters/parameter|program/(program|traced-number)|tensor/(printable|tensor))",
  // A product's spec may give the order of its loops, which is chosen for a spec.
  "backend-wasm/src/matmul/(order|spec)",
  // Loops go through a probe, which is given a loop.
  "nn/src/(gradient-flow/probe|recurrent/unroll)",
].join("|");

const reserved = Object.keys(allowedImports).join("|");

export default {
  forbidden: [
    ...oneWay,
    {
      name: "in-the-table",
      comment: "A new package needs a row in tooling/boundaries/allowed-imports.ts before it may import others.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `^packages/(${reserved})/` },
      to: { path: workspacePackage },
    },
    {
      name: "backends-take-only-types-of-ops",
      comment: "A backend implements the op table and never calls it: import type.",
      severity: "error",
      from: { path: "^packages/backend-[^/]+/src/" },
      to: { path: "node_modules/@tapegrad/ops/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "conformance-is-for-tests",
      comment:
        "What checks a backend is not part of what is shipped; the playground's engine lets visitors run the check of gradients.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: "^apps/playground/src/(engine|lenses)/" },
      to: { path: "node_modules/@tapegrad/conformance/" },
    },
    {
      name: "no-cycles",
      comment:
        "Modules that load each other work or fail by the order of imports. Types that mention each other do not.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-cycles-of-types",
      comment:
        "Files that import each other's types are read together or not at all; those that need each other are named.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `^packages/(${mutualTypes})\\.ts$` },
      to: { circular: true },
    },
    {
      name: "no-internals-of-packages",
      comment: "Another package is imported by its name; relative paths stay inside their own package.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "^(packages|apps)/", pathNot: "^$1/$2/" },
    },
    {
      name: "resolvable",
      comment:
        "Also what an import of another package's files by name becomes: `exports` does not offer them. Pictures are there once drawn.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "/public/pictures/" },
    },
    {
      name: "declared",
      comment: "What the sources import, their own package.json declares; otherwise it works in this workspace only.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "undetermined"] },
    },
    {
      name: "shipped",
      comment: "A published package's sources cannot import what only its developers have.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|public|test/fixtures|test/output)/" },
    // Imports of types count: they are dependencies of the architecture too.
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@tapegrad/source", "import", "default"],
    },
  },
};
