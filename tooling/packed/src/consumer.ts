/**
 * The type of a consumer of the packed packages: a kit of tools to install, a command that builds, where the little program of
 * `consumers/shared` then runs, and what it must print.
 */

export interface Consumer {
  /** The tool, as the report names it. */
  readonly name: string;
  /** The package of the kit whose version the report shows; absent where `version` or a browser's version says more. */
  readonly tool?: string;
  readonly version?: string;
  readonly mode: string;
  /** A folder of `consumers/`: a package.json, its lock file and whatever the tool reads. */
  readonly kit: string;
  /** Left out of CI. */
  readonly nightly?: true;
  /** A shell command in the kit's folder. A warning in what it prints is a failure. */
  readonly build?: string;
  readonly run: Run;
  /** In this order, each somewhere in a line of what is printed. */
  readonly prints: readonly (string | RegExp)[];
  /** Warnings that have to be there; any other is a failure. */
  readonly warns?: RegExp;
}

export type Browser = "chromium" | "firefox" | "webkit";

export type Run =
  /** Prints in the terminal. */
  | { readonly command: string }
  /** Prints on the console of a page, or has an unpacked extension for Chromium, in a folder of the kit, do it. */
  | { readonly page: Site; readonly browser?: Browser; readonly extension?: string }
  /** Prints in the body of a response. */
  | { readonly fetch: Site };

export type Site =
  /** Files that the runner serves, with a page made for `script` where there is one. */
  | {
      readonly folder: string;
      readonly script?: string;
      readonly classic?: true;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A command that serves until it is stopped, and prints its address first. */
  | { readonly serve: string; readonly path: string };

export interface Result {
  readonly consumer: Consumer;
  readonly version: string;
  readonly seconds: number;
  /** Absent if all went well. */
  readonly fault?: string;
}

/** What tells a consumer from all others, before its kit is installed: `TypeScript 7, bundler`. */
export function titleOf({ name, tool = "", version = tool, mode }: Consumer): string {
  const [numbers] = version.match(/\d+([-.]\d+)*$/) ?? [];
  return `${[name, numbers?.replaceAll("-", ".")].filter(Boolean).join(" ")}, ${mode}`;
}

/** What is wrong with what a consumer printed; undefined if nothing is. */
export function faultIn(output: string, { prints, warns }: Pick<Consumer, "prints" | "warns">): string | undefined {
  const lines = output.split("\n");
  let from = 0;
  for (const promise of prints) {
    const at = lines.findIndex(
      (line, i) => i >= from && (typeof promise === "string" ? line.includes(promise) : promise.test(line)),
    );
    if (at < 0) return `does not print "${promise}"`;
    from = at + 1;
  }
  const warnings = lines.filter((line) => /\bwarn(ing)?s?\b|deprecat|^\(!\)/i.test(line));
  const unexpected = warnings.filter((line) => warns?.test(line) !== true);
  if (unexpected.length > 0) return `warns: ${unexpected.join("\n")}`;
  if (warns !== undefined && warnings.length === 0) return `does not warn as ${warns} says`;
  return undefined;
}
