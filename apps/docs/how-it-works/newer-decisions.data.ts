/** Decisions that the index on this site has no row for yet, by their own titles. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../docs/decisions/", import.meta.url));
const index = fileURLToPath(new URL("./decisions.md", import.meta.url));

export interface Decision {
  readonly number: number;
  readonly title: string;
}

declare const data: readonly Decision[];

export { data };

// VitePress calls the default export of a data file.
export default {
  watch: ["./decisions.md", "../../../docs/decisions/*.md"],
  load(): readonly Decision[] {
    const listed = new Set(
      Array.from(readFileSync(index, "utf8").matchAll(/^\| (\d+) \|/gm), ([, number]) => Number(number)),
    );
    return readdirSync(folder).flatMap((name) => {
      const found = /^# (\d+)\. (.+)$/m.exec(readFileSync(`${folder}${name}`, "utf8"));
      const decision = { number: Number(found?.[1]), title: found?.[2] ?? name };
      return listed.has(decision.number) ? [] : [decision];
    });
  },
};
