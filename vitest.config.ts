import { defineConfig } from "vitest/config";

/**
 * Milliseconds after which a test counts as hanging, the only limit that tests have: the longest takes less than a twentieth of it
 * on two idle cores, and ten times that on a machine that does other work.
 */
const patience = 600_000;

/** What measures time, or keeps both cores busy by itself: it runs alone, one file at a time, after all others. */
const alone = [
  "packages/backend-webgpu/test/device.test.ts",
  "packages/safetensors/test/{fuzz,header-parser}.test.ts",
  "tooling/packed/test/packed.test.ts",
];

export default defineConfig({
  resolve: { conditions: ["@tapegrad/source"] },
  ssr: { resolve: { conditions: ["@tapegrad/source"] } },
  test: {
    globalSetup: ["apps/playground/test/build-folder.ts"],
    testTimeout: patience,
    hookTimeout: patience,
    expect: { poll: { timeout: patience } },
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
