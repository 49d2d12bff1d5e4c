/**
 * Rows for `tsc`: every version that is supported with every way to resolve modules that it knows. One row checks eight projects,
 * with and without the DOM, Node's types and exact optional properties; `consumers/typescript/check-types.mjs` makes them.
 */
import type { Consumer } from "./consumer.ts";

const versions = ["5.4", "5.6", "5.8", "6", "7"];
const resolutions = ["node10", "node16-cjs", "node16-esm", "nodenext-cjs", "bundler"];
/** TypeScript 7 no longer knows `node10`; since 5.8, `nodenext` lets CommonJS require ES modules. */
const known = (version: string, resolution: string): boolean =>
  !(version === "7" && resolution === "node10") && !(resolution === "nodenext-cjs" && Number(version) < 5.8);
/** The lowest version and the newest say most. */
const inCI = new Set(["7 bundler", "7 node16-esm"]);

export const typescriptConsumers: readonly Consumer[] = versions.flatMap((version) =>
  resolutions
    .filter((resolution) => known(version, resolution))
    .map(
      (resolution): Consumer => ({
        name: "TypeScript",
        tool: `typescript-${version}`,
        mode: resolution,
        kit: "typescript",
        run: { command: `node check-types.mjs ${version} ${resolution}` },
        prints: ["8 projects"],
        ...(!inCI.has(`${version} ${resolution}`) && { nightly: true }),
      }),
    ),
);
