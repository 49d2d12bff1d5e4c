import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@tapegrad/source"] },
  ssr: { resolve: { conditions: ["@tapegrad/source"] } },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
