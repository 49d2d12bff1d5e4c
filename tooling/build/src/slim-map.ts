/**
 * A source map with what stack traces and debuggers need, in a third of the bytes: one position per line of source, and the
 * sources without comments, which the declarations contain, and without imports, which no position is in. Line numbers remain
 * those of the repository.
 */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { parseSync } from "rolldown/utils";

interface SourceMap {
  readonly mappings: string;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
}

export function slimMap(json: string): string {
  const map: SourceMap = JSON.parse(json);
  const sourcesContent = map.sourcesContent.map((text, i) => onlyCode(map.sources[i] ?? "", text));
  return JSON.stringify({ ...map, mappings: byLine(map.mappings), sourcesContent, names: [] });
}

/** Of places side by side that are on one line of source, the first. */
function byLine(mappings: string): string {
  const lines = decode(mappings).map((places) =>
    places.flatMap(([column, source, line, at], i): [number, number, number, number][] => {
      const [, sourceBefore, lineBefore] = places[i - 1] ?? [];
      const isSame = source === sourceBefore && line === lineBefore;
      return source === undefined || line === undefined || at === undefined || isSame
        ? []
        : [[column, source, line, at]];
    }),
  );
  return encode(lines);
}

/** Comments and imports as blanks, so that everything else stays in its place, but for blanks that end a line. */
function onlyCode(file: string, text: string): string {
  const { comments, program } = parseSync(file, text);
  const imports = program.body.filter(({ type }) => type === "ImportDeclaration");
  let [blank, end] = ["", 0];
  for (const part of [...comments, ...imports].sort((a, b) => a.start - b.start)) {
    if (part.start < end) continue; // A comment inside an import.
    blank += text.slice(end, part.start) + text.slice(part.start, part.end).replace(/[^\n]/g, " ");
    end = part.end;
  }
  return (blank + text.slice(end)).replace(/ +$/gm, "");
}
