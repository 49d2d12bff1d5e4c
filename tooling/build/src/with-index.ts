/** Lets the entry point `internal` export what the index exports as well, so that all of a package is in one file. */
import type { Plugin } from "rolldown";

export function withIndex(): Plugin {
  return {
    name: "with-index",
    transform: {
      filter: { id: /\/src\/internal\.ts$/ },
      handler: (code) => ({ code: `${code}\nexport * from "./index.ts";\n`, map: null }),
    },
  };
}
