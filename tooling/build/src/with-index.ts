/** Makes the entry point `internal` export everything that the index exports, so that a package is one file. */
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
