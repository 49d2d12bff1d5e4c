/** The table of consumers: one row for each tool and mode, with what it must print. */
import type { Consumer } from "./consumer.ts";
import { typescriptConsumers } from "./typescript.ts";

const printed = (backend: string) => [`backend ${backend}`, "eager 0.55 → 0.07", "compiled 0.55 → 0.07"];
const trained = printed("wasm");
const portable = printed("cpu");
/** Of a program that may read before it waits. */
const server = (lines: readonly string[]) => ["at once 3", ...lines];
const byThreads = ["threads 2", "equal true", "done"];

/** Pages whose memory may be shared with workers. */
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const policy = (scripts: string) => ({ "Content-Security-Policy": `default-src 'none'; script-src ${scripts}` });

/** The Node that runs this is one of the supported ones; a kit has the others, of which the lowest is the floor, and its own `node`. */
const nodes: readonly Consumer[] = [
  { tool: "node-22-12", binary: "node_modules/node-22-12/bin/node" },
  { version: process.versions.node, binary: process.execPath, nightly: true as const },
  { tool: "node-26", binary: "node_modules/node-26/bin/node", nightly: true as const },
].flatMap(({ binary, nightly, ...version }): Consumer[] => {
  const row = { ...version, name: "Node", kit: "nodes" };
  const further = { ...row, ...(nightly && { nightly }) };
  return [
    { ...row, mode: "ESM", run: { command: `${binary} main.mjs` }, prints: [...server(trained), "done"] },
    {
      ...further,
      mode: "require",
      // Node 22.12 says of every required ES module that this is new.
      run: { command: `${binary} --disable-warning=ExperimentalWarning main.cjs` },
      prints: ["shape [2]", ...server(trained), "done"],
    },
    { ...further, mode: "threads", run: { command: `${binary} threads-main.mjs` }, prints: byThreads },
  ];
});

const withoutWebAssembly: Consumer = {
  name: "Node",
  version: process.versions.node,
  mode: "without WebAssembly",
  kit: "nodes",
  run: { command: `${process.execPath} --jitless main.mjs` },
  prints: [...server(portable), "done"],
  nightly: true,
};

/** npm does not install an optional peer, and the kit has none. */
const withoutKoffi: Consumer = {
  name: "Node",
  version: process.versions.node,
  mode: "without koffi",
  kit: "nodes",
  run: { command: `${process.execPath} without-koffi.mjs` },
  prints: [
    "mpi: the package koffi, which calls MPI, is not installed; npm install koffi",
    "threads 2",
    "sum 3",
    "done",
  ],
};

const esbuild = (entry: string, format: string, folder: string, file = entry): string =>
  `esbuild ${entry} --bundle --format=${format} --outfile=${folder}/${file} --log-level=warning`;
const bundler = { kit: "bundlers", prints: [...trained, "done"] };
const esbuildRow = { ...bundler, name: "esbuild", tool: "esbuild" };

/** webpack advises pages of at most 244 KiB; `size-limit` says how large ours are. */
const webpack = "webpack --mode production --no-performance";

const bundlers: readonly Consumer[] = [
  {
    ...esbuildRow,
    mode: "ESM page",
    build: esbuild("page.js", "esm", "dist/esbuild"),
    run: { page: { folder: "dist/esbuild", script: "page.js" } },
  },
  {
    ...esbuildRow,
    mode: "IIFE page",
    build: esbuild("page.js", "iife", "dist/esbuild-iife"),
    run: { page: { folder: "dist/esbuild-iife", script: "page.js", classic: true } },
  },
  {
    ...esbuildRow,
    mode: "CJS in Node",
    build: `${esbuild("node-script.js", "cjs", "dist/esbuild-cjs", "node-script.cjs")} --platform=node`,
    run: { command: "node dist/esbuild-cjs/node-script.cjs" },
    prints: [...server(trained), "done"],
  },
  {
    ...bundler,
    name: "Rollup",
    tool: "rollup",
    mode: "ESM page",
    build: "rollup page.js --silent=false -p @rollup/plugin-node-resolve -f es -d dist/rollup",
    run: { page: { folder: "dist/rollup", script: "page.js" } },
  },
  {
    ...bundler,
    name: "Rolldown",
    tool: "rolldown",
    mode: "ESM page",
    build: "rolldown page.js -f esm -d dist/rolldown",
    run: { page: { folder: "dist/rolldown", script: "page.js" } },
  },
  {
    ...bundler,
    name: "Rolldown",
    tool: "rolldown",
    mode: "IIFE page",
    nightly: true,
    build: "rolldown page.js -f iife -o dist/rolldown-iife/page.js",
    run: { page: { folder: "dist/rolldown-iife", script: "page.js", classic: true } },
  },
  {
    ...bundler,
    name: "webpack",
    tool: "webpack",
    mode: "page",
    build: `${webpack} --entry ./page.js -o dist/webpack`,
    run: { page: { folder: "dist/webpack", script: "main.js", classic: true } },
  },
  {
    ...bundler,
    name: "webpack",
    tool: "webpack",
    mode: "Node",
    nightly: true,
    // What webpack writes for Node is CommonJS.
    build: `${webpack} --entry ./node-script.js -o dist/webpack-node --target node && echo "{}" > dist/webpack-node/package.json`,
    run: { command: "node dist/webpack-node/main.js" },
    prints: [...server(trained), "done"],
  },
  {
    ...bundler,
    name: "Rspack",
    tool: "@rspack/core",
    mode: "page",
    build: "rspack build --entry ./page.js -o dist/rspack --mode production",
    run: { page: { folder: "dist/rspack", script: "main.js", classic: true } },
  },
  {
    ...bundler,
    name: "Vite",
    tool: "vite",
    mode: "page",
    build: "vite build vite-page --outDir ../dist/vite-page --emptyOutDir",
    run: { page: { folder: "dist/vite-page" } },
  },
  {
    ...bundler,
    name: "Vite",
    tool: "vite",
    mode: "worker",
    build: "vite build vite-worker --outDir ../dist/vite-worker --emptyOutDir",
    run: { page: { folder: "dist/vite-worker" } },
  },
  {
    ...bundler,
    name: "Vite",
    tool: "vite",
    mode: "development server",
    nightly: true,
    run: { page: { serve: "vite . --port 0", path: "/vite-page/" } },
    prints: [...trained, "done"],
  },
  {
    ...bundler,
    name: "Parcel",
    tool: "parcel",
    mode: "page, no configuration",
    kit: "parcel",
    nightly: true,
    build: "parcel build index.html --dist-dir dist/page",
    run: { page: { folder: "dist/page" } },
  },
  {
    ...bundler,
    name: "Next",
    tool: "next",
    mode: "client component",
    kit: "next",
    nightly: true,
    build: "next build",
    run: { page: { serve: "next start -p 0", path: "/" } },
  },
  {
    ...bundler,
    name: "Next",
    tool: "next",
    mode: "route handler",
    kit: "next",
    nightly: true,
    build: "next build",
    run: { fetch: { serve: "next start -p 0", path: "/api/train" } },
    prints: [...server(trained), "done"],
  },
];

const pages: readonly Consumer[] = [
  {
    ...bundler,
    name: "Page",
    mode: "CSP script-src 'self'",
    build: esbuild("page.js", "iife", "dist/csp"),
    run: { page: { folder: "dist/csp", script: "page.js", classic: true, headers: policy("'self'") } },
    prints: [...portable, "done"],
    warns: /wasm-unsafe-eval/,
  },
  {
    ...bundler,
    name: "Page",
    mode: "CSP script-src 'self' 'wasm-unsafe-eval'",
    build: esbuild("page.js", "iife", "dist/csp-wasm"),
    run: {
      page: { folder: "dist/csp-wasm", script: "page.js", classic: true, headers: policy("'self' 'wasm-unsafe-eval'") },
    },
  },
  {
    ...bundler,
    name: "Page",
    mode: "cross-origin isolated, threads",
    build: esbuild("threads-page.js", "esm", "dist/isolated"),
    run: { page: { folder: "dist/isolated", script: "threads-page.js", headers: isolated } },
    prints: byThreads,
  },
  ...[
    { mode: "content script" },
    {
      mode: "content script, page with CSP default-src 'none'",
      headers: { "Content-Security-Policy": "default-src 'none'" },
      prints: [...portable, "done"],
      warns: /wasm-unsafe-eval/,
    },
  ].map(
    ({ mode, headers, ...expected }): Consumer => ({
      ...bundler,
      name: "Extension",
      mode,
      // The bundle lies beside the manifest, and the page has no script of its own.
      build: esbuild("page.js", "iife", "extension"),
      run: { page: { folder: "extension", ...(headers && { headers }) }, extension: "extension" },
      ...expected,
    }),
  ),
  {
    ...bundler,
    name: "Service worker",
    mode: "IIFE",
    build: `${esbuild("service-worker.js", "iife", "dist/service-worker")} && cp service-worker/index.html dist/service-worker`,
    run: { page: { folder: "dist/service-worker" } },
    prints: [...trained, /gpu (BackendError|webgpu)/, "done"],
  },
  ...(["firefox", "webkit"] as const).map(
    (browser): Consumer => ({
      ...bundler,
      name: browser === "firefox" ? "Firefox" : "WebKit",
      mode: "page",
      nightly: true,
      build: esbuild("page.js", "esm", `dist/${browser}`),
      run: { page: { folder: `dist/${browser}`, script: "page.js" }, browser },
    }),
  ),
];

const workerd: Consumer = {
  name: "workerd",
  tool: "workerd",
  mode: "module worker",
  kit: "workerd",
  build:
    "esbuild worker-module.js --bundle --format=esm --conditions=workerd --outfile=dist/worker.js --log-level=warning",
  run: { command: "node serve.mjs" },
  prints: [...server(portable), "done"],
  nightly: true,
};

const runtimes: readonly Consumer[] = [
  ["Deno", "deno run --allow-all"],
  ["Bun", "bun run"],
].flatMap(([name = "", command]): Consumer[] => {
  const row = { name, tool: name.toLowerCase(), kit: "runtimes", nightly: true } as const;
  return [
    { ...row, mode: "ESM", run: { command: `${command} main.mjs` }, prints: [...server(trained), "done"] },
    {
      ...row,
      mode: "require",
      run: { command: `${command} main.cjs` },
      prints: ["shape [2]", ...server(trained), "done"],
    },
    { ...row, mode: "threads", run: { command: `${command} threads-main.mjs` }, prints: byThreads },
  ];
});

const testers: readonly Consumer[] = ["node", "jsdom"].flatMap((environment): Consumer[] => {
  const jest = (transform: string, flags = "") =>
    `TRANSFORM=${transform} NODE_OPTIONS="${flags}" jest --env=${environment} --runInBand --no-cache`;
  const lines = environment === "node" ? server(trained) : trained;
  const row = { name: "Jest", tool: "jest", kit: "jest", nightly: true, prints: [...lines, "done"] } as const;
  return [
    { ...row, mode: `babel-jest, ${environment}`, run: { command: jest("babel") } },
    { ...row, mode: `ts-jest, ${environment}`, run: { command: jest("ts-jest") } },
    {
      ...row,
      mode: `ES modules, ${environment}`,
      run: { command: jest("none", "--experimental-vm-modules --disable-warning=ExperimentalWarning") },
      prints: [...trained, "done"],
    },
    {
      name: "Vitest",
      tool: "vitest",
      mode: environment,
      kit: "vitest",
      nightly: true,
      run: { command: `vitest run --environment ${environment}` },
      prints: [...server(trained), "done"],
    },
  ];
});

export const table: readonly Consumer[] = [
  ...nodes,
  withoutWebAssembly,
  withoutKoffi,
  ...bundlers,
  ...pages,
  workerd,
  ...runtimes,
  ...testers,
  ...typescriptConsumers,
];
