/** The entry points of a package, read from the `exports` of its manifest. */

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: { readonly [subpath: string]: string | Conditions };
}

/** A path by the condition under which it counts; a condition may have further ones below it. */
export interface Conditions {
  readonly [condition: string]: string | Conditions;
}

/**
 * The paths below `dist`, without an extension, of every file of code that some condition names, and of their sources below `src`.
 * What is named for no condition, such as `./package.json`, is a file as it is.
 */
export function entryPointsOf({ exports }: Manifest): readonly string[] {
  const code = Object.values(exports).flatMap((target) => (typeof target === "string" ? [] : codeOf(target)));
  return [...new Set(code.map(within))];
}

function codeOf(conditions: Conditions): readonly string[] {
  return Object.entries(conditions).flatMap(([condition, target]) => {
    if (condition === "types" || condition === "@tapegrad/source") return [];
    return typeof target === "string" ? [target] : codeOf(target);
  });
}

function within(path: string): string {
  const [, found] = path.match(/^\.\/dist\/(.+)\.js$/) ?? [];
  if (found === undefined) throw new Error(`exports: ${path} is not a path such as ./dist/index.js`);
  return found;
}
