/** Finds the line of a cell's source that an error comes from. */

/** What stack traces call the source. */
export const sourceName = "own-cell.js";

const place = /own-cell\.js:(\d+):\d+/;

/** Lines that come before the source in the function that it is evaluated as; engines differ, so one is asked. */
let offset: number | undefined;

/** The line of the source that threw `error`, from 1 on; undefined where the engine does not say. */
export function lineOf(error: unknown): number | undefined {
  offset ??= (rawLine(probe()) ?? 1) - 1;
  const raw = rawLine(error);
  return raw === undefined ? undefined : raw - offset;
}

function rawLine(error: unknown): number | undefined {
  const found = error instanceof Error ? place.exec(error.stack ?? "")?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

/** An error of the first line of a source. */
function probe(): unknown {
  try {
    return new Function(evaluated('throw new Error("probe");', "0"))();
  } catch (error) {
    return error;
  }
}

/** The body of a function that evaluates a script. */
export function evaluated(code: string, result: string): string {
  return `return (() => { "use strict"; let $cell;\n${code}\n;return ${result}; })();\n//# sourceURL=${sourceName}`;
}
