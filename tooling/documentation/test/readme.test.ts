/** README.md has the figures of the measurements that it links to, and the links of the workspace's first pages lead somewhere. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../src/workspace-copy.ts";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const readme = read("README.md").replaceAll(/\s+/g, " ");

/** The number that follows `before` in a table's row. */
function figure(file: string, before: RegExp): number {
  const found = new RegExp(`^\\| ${before.source}[^\\n]*? ([+−]?[\\d.]+)(?: ×)?(?= |$)`, "m").exec(read(file))?.[1];
  if (found === undefined) throw new Error(`${file} has no row ${before.source}`);
  return Number(found.replace("−", "-"));
}

const target = (measure: string) => figure("docs/benchmarks.md", new RegExp(`${measure} +\\| +[≤≥][^|]*\\|`));

describe("README.md says of", () => {
  it.each<[string, number, number, string]>([
    ["lstm M ÷ PyTorch", target("lstm M ÷ PyTorch"), 2, "% × the time of PyTorch's"],
    ["lstm M ÷ jax-js", target("lstm M ÷ jax-js"), 2, "% × of jax-js's"],
    ["lstm M ÷ TensorFlow.js", target("lstm M ÷ TensorFlow\\.js"), 3, "% × of TensorFlow.js's"],
    ["lstm S ÷ PyTorch", target("lstm S ÷ PyTorch"), 2, "with batch 1 it is % × PyTorch's"],
    ["the slower ones: from", target("lstm L ÷ PyTorch"), 1, "by % × to"],
    ["the slower ones: to", target("lstm L dense ÷ PyTorch"), 1, "× to % ×."],
    ["a textbook LSTM", target("textbook LSTM ÷ built-in LSTM"), 2, "takes % × the time of the built-in layer"],
    ["random cells", target("generated cells ÷ built-in LSTM, per floating-point operation"), 2, "at most % × per"],
  ])("%s what was measured", (_, value, digits, sentence) => {
    expect(readme).toContain(sentence.replace("%", value.toFixed(digits)));
  });

  it("learning what the records say", () => {
    const rows = Array.from(
      read("docs/learning.md").matchAll(/difference, at most .*\| (\S+) ✓ \|$/gm),
      ([, last = ""]) => Math.abs(Number(last.replace("−", "-"))),
    );
    expect(rows.length).toBe(3);
    expect(readme).toContain(`are within ${Math.max(...rows)} nats per character`);
  });
});

it.each(["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])("%s links to what is there", (file) => {
  const links = Array.from(read(file).matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, link = ""]) => link);
  const local = links.filter((link) => !link.startsWith("https://"));
  expect(local.length).toBeGreaterThan(0);
  expect(local.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});
