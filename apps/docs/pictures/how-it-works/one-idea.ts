/** Who reads a tape, and how packages import each other. */
import { allowedImports } from "../../../../tooling/boundaries/allowed-imports.ts";
import { diagram, paint } from "../diagram.ts";
import type { Picture } from "../picture.ts";

const readers = {
  "gradient: from end to beginning": "derivatives",
  "jvp: from beginning to end": "derivatives",
  "vmap: with a batch axis": "batches",
  "scan, cond: as a body": "loops and branches",
  "print: as text": "what you can read",
  "interpreter: one by one": "results",
  "compiler: as machine code": "results, fast",
};

export const oneIdea: Picture = {
  name: "one-idea",
  draw: () =>
    diagram({
      graphAttributes: { rankdir: "LR", nodesep: 0.12, ranksep: 0.5 },
      nodes: [
        { name: "f", attributes: { label: "your function" } },
        {
          name: "tape",
          attributes: { label: "a list of\noperations", fillcolor: paint.greenTint, color: paint.green },
        },
        ...Object.keys(readers).map((name) => ({
          name,
          attributes: { fillcolor: paint.blueTint, color: paint.blue, width: 3 },
        })),
        ...Object.entries(readers).map(([reader, label]) => ({
          name: `of ${reader}`,
          attributes: { label, shape: "plaintext", style: "", width: 1.4 },
        })),
      ],
      edges: [
        { tail: "f", head: "tape", attributes: { label: "recorded" } },
        ...Object.keys(readers).map((reader) => ({
          tail: "tape",
          head: reader,
          attributes: { tailport: "e", headport: "w" },
        })),
        ...Object.keys(readers).map((reader) => ({ tail: reader, head: `of ${reader}` })),
      ],
    }),
};

/** What can be reached from a package, itself left out. */
function reachable(name: string): Set<string> {
  const direct = allowedImports[name] ?? [];
  return new Set(direct.flatMap((other) => [other, ...reachable(other)]));
}

/** Imports that do not follow from others. */
function direct(name: string): string[] {
  const imports = allowedImports[name] ?? [];
  return imports.filter((other) => !imports.some((between) => reachable(between).has(other)));
}

export const packages: Picture = {
  name: "packages",
  draw: () =>
    diagram({
      graphAttributes: { rankdir: "BT", nodesep: 0.2, ranksep: 0.35 },
      nodes: Object.keys(allowedImports).map((name) => ({
        name,
        attributes: name.startsWith("backend-")
          ? { fillcolor: paint.orangeTint, color: paint.orange }
          : { fillcolor: paint.blueTint, color: paint.blue },
      })),
      edges: Object.keys(allowedImports).flatMap((name) =>
        direct(name).map((other) => ({ tail: other, head: name, attributes: { dir: "back" } })),
      ),
    }),
};
