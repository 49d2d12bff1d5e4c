/**
 * What arrives in a page before its code runs: an import, bundled and minified by esbuild, with everything that it imports
 * statically. `import()` loads later, and is left out. `pnpm run size` checks the limits on what `pnpm build` made.
 */
import type { SizeLimitConfig } from "size-limit";

const withoutImportedLater = (config: object): object => ({
  ...config,
  format: "esm",
  plugins: [
    {
      name: "imported-later",
      setup(build: {
        onResolve(options: { filter: RegExp }, resolve: (module: Imported) => object | undefined): void;
      }) {
        build.onResolve({ filter: /./ }, ({ kind, path }) =>
          kind === "dynamic-import" ? { external: true, path } : undefined,
        );
      },
    },
  ],
});

interface Imported {
  readonly kind: string;
  readonly path: string;
}

const training = "{ Adam, concat, Generator, Linear, LSTM, mseLoss, Tape, zeros }";

/** Package, what is imported of it, and the most that it may take. */
const rows = [
  ["ops", "{ add }", "5 kB"],
  ["autodiff", "{ grad }", "9 kB"],
  ["tapegrad", "{ add }", "20 kB"],
  ["tapegrad", "{ grad }", "20 kB"],
  ["tapegrad", training, "70 kB"],
] as const;

export default rows.map(([folder, names, limit]) => ({
  name: `${names} from ${folder}`,
  path: `packages/${folder}/dist/index.js`,
  import: names,
  limit,
  gzip: true,
  modifyEsbuildConfig: withoutImportedLater,
})) satisfies SizeLimitConfig;
