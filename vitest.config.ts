import { defineConfig } from "vitest/config";

/**
 * Milliseconds after which a test counts as hanging, the only limit that tests have: the longest takes less than a twentieth of it
 * on two idle cores, and ten times that on a machine that does other work.
 */
const patience = 600_000;

export default defineConfig({
  resolve: { conditions: ["@tapegrad/source"] },
  ssr: { resolve: { conditions: ["@tapegrad/source"] } },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
    testTimeout: patience,
    hookTimeout: patience,
    expect: { poll: { timeout: patience } },
  },
});
