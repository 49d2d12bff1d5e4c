/**
 * A source map with what stack traces and debuggers need, in a third of the bytes: one position per line of source, and the
 * sources without comments, which the declarations contain. Line numbers remain those of the repository.
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
  const sourcesContent = map.sourcesContent.map((text, i) => withoutComments(map.sources[i] ?? "", text));
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

/** Each comment as blanks, so that everything else stays in its place, but for blanks that end a line. */
function withoutComments(file: string, text: string): string {
  let [blank, end] = ["", 0];
  for (const comment of parseSync(file, text).comments) {
    blank += text.slice(end, comment.start) + text.slice(comment.start, comment.end).replace(/[^\n]/g, " ");
    end = comment.end;
  }
  return (blank + text.slice(end)).replace(/ +$/gm, "");
}
