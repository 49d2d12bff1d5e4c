/** Writes what live examples load into `public/live/`: every entry point of the built packages as a module, and the worker that runs them. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const outdir = fileURLToPath(new URL("../public/live/", import.meta.url));

const entryPoints = readdirSync(packages).flatMap((folder): [string, string][] => {
  const manifest: { name: string; exports: Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync(`${packages}${folder}/package.json`, "utf8"),
  );
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
  return subpaths.map((subpath) => [`${manifest.name}${subpath.slice(1)}`, `${manifest.name}${subpath.slice(1)}`]);
});

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { ...Object.fromEntries(entryPoints), worker: fileURLToPath(new URL("worker.ts", import.meta.url)) },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  // Errors name the class or op that they come from.
  keepNames: true,
  // The optional bindings of WebGPU and of MPI for Node.
  external: ["webgpu", "koffi", "node:*"],
  logLevel: "warning",
});
