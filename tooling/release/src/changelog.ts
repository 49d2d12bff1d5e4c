/**
 * Turns a changeset into an entry of a CHANGELOG, as it is written. The entry of the first release is one text,
 * `.changeset/first-release.md`; the changesets before it are not listed.
 */
import { existsSync } from "node:fs";
import type { ChangelogFunctions } from "@changesets/types";

const firstRelease = "first-release";
/** `changeset version` runs at the root, and removes changesets when it has read all of them. */
const isFirst = existsSync(`.changeset/${firstRelease}.md`);

const changelog: ChangelogFunctions = {
  getReleaseLine: async ({ id, summary }) => {
    if (isFirst) return id === firstRelease ? summary : "";
    const [first = "", ...rest] = summary.split("\n");
    return [`- ${first}`, ...rest.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");
  },
  // All packages have one version, so that which other package changed says nothing.
  getDependencyReleaseLine: async () => "",
};

export default changelog;
