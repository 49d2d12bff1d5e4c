/** The entry points of a package, read from the `exports` of its manifest. */

export interface Manifest {
  readonly name: string;
  readonly exports: { readonly [subpath: string]: string | { readonly [condition: string]: string } };
}

export interface EntryPoint {
  /** The path below `src`, without an extension. */
  readonly source: string;
  /** The path below `dist`, without an extension. */
  readonly name: string;
}

/** Of every subpath that has a source; others, such as `./package.json`, are files as they are. */
export function entryPointsOf({ exports }: Manifest): EntryPoint[] {
  return Object.values(exports).flatMap((target) => {
    if (typeof target === "string") return [];
    const [source, name] = [
      within(target["@tapegrad/source"], /^\.\/src\/(.+)\.ts$/),
      within(target.default, /^\.\/dist\/(.+)\.js$/),
    ];
    return [{ source, name }];
  });
}

function within(path: string | undefined, pattern: RegExp): string {
  const [, found] = path?.match(pattern) ?? [];
  if (found === undefined) throw new Error(`exports: ${path} is not a path such as ${pattern.source}`);
  return found;
}
