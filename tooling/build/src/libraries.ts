/** Keeps `/// <reference lib="…" />` of bundled declarations: the types need it where the user's configuration lacks the library. */
import type { Plugin } from "rolldown";

export function libraries(): Plugin {
  const references = new Map<string, string[]>();
  return {
    name: "libraries",
    transform: {
      order: "pre",
      handler(code, id) {
        references.set(
          id,
          [...code.matchAll(/^\/\/\/ <reference lib="([^"]+)"/gm)].map(([, name = ""]) => name),
        );
      },
    },
    renderChunk(code, { moduleIds }) {
      const names = new Set(moduleIds.flatMap((id) => references.get(id) ?? []));
      return [...names].map((name) => `/// <reference lib="${name}" />\n`).join("") + code;
    },
  };
}
