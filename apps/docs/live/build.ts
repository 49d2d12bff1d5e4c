/**
 * Writes what live examples load into `public/live/`: every entry point of the built packages that the site depends on as a module,
 * and the worker that runs them. Packages for Node alone are none of them.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const outdir = fileURLToPath(new URL("../public/live/", import.meta.url));

const { dependencies, devDependencies }: Readonly<Record<"dependencies" | "devDependencies", object>> = JSON.parse(
  readFileSync(fileURLToPath(new URL("../package.json", import.meta.url)), "utf8"),
);

const entryPoints = readdirSync(packages).flatMap((folder): [string, string][] => {
  const manifest: { name: string; exports: Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync(`${packages}${folder}/package.json`, "utf8"),
  );
  if (!(manifest.name in { ...dependencies, ...devDependencies })) return [];
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
  // The optional binding of WebGPU for Node.
  external: ["webgpu", "node:*"],
  logLevel: "warning",
});
