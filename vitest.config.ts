import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";
import { LongestFirst } from "./tooling/testing/src/longest-first.ts";
import { alone, slow } from "./tooling/testing/src/slow-files.ts";

/**
 * Milliseconds after which a test counts as hanging, the only limit that tests have: the longest takes less than a twentieth of it
 * on two idle cores, and ten times that on a machine that does other work.
 */
const patience = 600_000;

const everything = "{packages,apps,tooling}/*/test/**/*.test.ts";
/** They start no processes and set nothing for good, so that they share a process: each would take 0.7 s to start its own. */
const pure = "packages/{autodiff,backend-cpu,compiler,conformance,data,nn,ops,optim,safetensors}/test/**/*.test.ts";
const together = { maxWorkers: availableParallelism(), sequence: { groupOrder: 0 } };

const isOnDevice = (path: string): boolean => path.includes("webgpu");

/** Compilers of shaders ask for memory and give it back; without this, a quarter of their time goes into pages that the system clears. */
const keptMemory = {
  MALLOC_TOP_PAD_: `${2 ** 26}`,
  MALLOC_TRIM_THRESHOLD_: `${2 ** 29}`,
  MALLOC_MMAP_THRESHOLD_: `${2 ** 28}`,
};

/** What the number of random cases is multiplied by: 10 for `pnpm check:long`. */
const cases = Number(process.env.CASES ?? 1);

const moreCases: Plugin = {
  name: "more-cases",
  enforce: "pre",
  resolveId(name, importer) {
    const wrapper = fileURLToPath(new URL("./tooling/testing/src/more-cases.ts", import.meta.url));
    return name === "fast-check" && importer !== wrapper ? wrapper : undefined;
  },
};

export default defineConfig({
  resolve: { conditions: ["@tapegrad/source"] },
  ssr: { resolve: { conditions: ["@tapegrad/source"] } },
  plugins: cases === 1 ? [] : [moreCases],
  test: {
    globalSetup: ["apps/playground/test/build-folder.ts"],
    provide: { cases },
    testTimeout: patience,
    hookTimeout: patience,
    expect: { poll: { timeout: patience } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "quick, shared",
          include: [pure],
          exclude: [...slow, ...alone],
          isolate: false,
          setupFiles: ["tooling/testing/src/restore-defaults.ts"],
          ...together,
        },
      },
      {
        extends: true,
        test: { name: "quick, isolated", include: [everything], exclude: [pure, ...slow, ...alone], ...together },
      },
      { extends: true, test: { name: "slow", include: slow.filter((path) => !isOnDevice(path)), ...together } },
      { extends: true, test: { name: "device", include: slow.filter(isOnDevice), env: keptMemory, ...together } },
      {
        extends: true,
        test: { name: "alone", include: [...alone], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
