/** The entry points of a package, read from the `exports` of its manifest. */

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: { readonly [subpath: string]: string | { readonly [condition: string]: string } };
}

/**
 * The paths below `dist`, without an extension, of every file of code that some condition names, and of their sources below `src`.
 * What is named for no condition, such as `./package.json`, is a file as it is.
 */
export function entryPointsOf({ exports }: Manifest): readonly string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : Object.entries(target),
  );
  const code = targets.filter(([condition]) => condition !== "types" && condition !== "@tapegrad/source");
  return [...new Set(code.map(([, path]) => within(path)))];
}

function within(path: string): string {
  const [, found] = path.match(/^\.\/dist\/(.+)\.js$/) ?? [];
  if (found === undefined) throw new Error(`exports: ${path} is not a path such as ./dist/index.js`);
  return found;
}
