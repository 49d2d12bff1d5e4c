/** The lowest platforms are those that the sources need, and are the same wherever they are stated. */
import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import bcd from "@mdn/browser-compat-data" with { type: "json" };
import { describe, expect, it } from "vitest";
import { features, floors } from "../src/floors.ts";
import { table } from "../src/table.ts";
import { root } from "../src/workshop.ts";

const sources = globSync("packages/*/src/**/*.ts", { cwd: root }).map((file) => readFileSync(root + file, "utf8"));
const browsers = ["chrome", "firefox", "safari"] as const;

/** The first version of a browser that has a feature for everybody; undefined if none has. */
function since(key: string, browser: (typeof browsers)[number]): number | undefined {
  const entry = key.split(".").reduce<unknown>((part, name) => Reflect.get(Object(part), name), bcd);
  const { __compat: compat } = entry as { __compat: { support: Record<string, Statement | Statement[]> } }; // MDN's schema.
  const statement = [compat.support[browser]].flat().find((one) => one?.flags === undefined);
  return typeof statement?.version_added === "string" ? Number(statement.version_added.replace("≤", "")) : undefined;
}
interface Statement {
  readonly version_added: string | boolean | null;
  readonly flags?: unknown;
}

describe("a floor", () => {
  it.for(features)("knows that sources use $key", ({ code }) => {
    expect(sources.some((text) => code.test(text))).toBe(true);
  });

  it.for(browsers)("of %s is what the features need, and no more", (browser) => {
    const needed = features
      .filter(({ without }) => without === undefined)
      .map(({ key }) => since(key, browser) ?? Number.POSITIVE_INFINITY);
    expect(Math.max(...needed)).toBe(Number(floors[browser]));
  });

  it("holds for whatever the sources may use", () => {
    // Features of ES2025 and later need a row first, and these types keep them out until then.
    expect(readFileSync(`${root}tsconfig.base.json`, "utf8")).toContain('"lib": ["es2024", "esnext.disposable"]');
    expect(readFileSync(`${root}tsconfig.base.json`, "utf8")).toContain('"target": "es2023"');
  });

  it("is stated by every package and by the README, and is tried", () => {
    for (const name of readdirSync(`${root}packages`)) {
      const { engines } = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8"));
      expect(engines, name).toEqual({ node: `>=${floors.node}` });
    }
    const readme = readFileSync(`${root}README.md`, "utf8");
    const rows = { Node: floors.node, "Chrome, Chromium": floors.chrome, Firefox: floors.firefox };
    for (const [name, floor] of Object.entries({ ...rows, "Safari, WebKit": floors.safari }))
      expect(readme).toMatch(new RegExp(`^\\| ${name} +\\| ${floor} +\\|`, "m"));
    expect(table.some(({ tool }) => tool === `node-${floors.node.replace(".", "-")}`)).toBe(true);
  });

  it("is named where a platform is below it", () => {
    const old = "delete Map.groupBy; await import('tapegrad');";
    const parameters = ["--conditions=@tapegrad/source", "--input-type=module", "--eval", old];
    const { node, chrome, firefox, safari } = floors;
    expect(() => execFileSync(process.execPath, parameters, { cwd: root, stdio: "pipe" })).toThrow(
      `Node ${node}, Chrome ${chrome}, Firefox ${firefox} or Safari ${safari}`,
    );
  });
});
