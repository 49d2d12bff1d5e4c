/** The results as a Markdown table, and the whole text of every fault below it. */
import type { Result } from "./consumer.ts";

export function report(results: readonly Result[]): string {
  const rows = results.map(
    ({ consumer, version, seconds, fault }) =>
      `| ${consumer.name} | ${version} | ${consumer.mode} | ${consumer.nightly ? "nightly" : "CI"} | ${seconds.toFixed(1)} s | ${fault === undefined ? "passes" : "FAILS"} |`,
  );
  const faults = results.flatMap(({ consumer, fault }) =>
    fault === undefined ? [] : [`## ${consumer.name}, ${consumer.mode}\n\n\`\`\`\n${fault.slice(0, 4000)}\n\`\`\``],
  );
  const head = ["| consumer | version | mode | runs in | time | result |", "| --- | --- | --- | --- | --- | --- |"];
  return [...head, ...rows, "", ...faults].join("\n");
}
