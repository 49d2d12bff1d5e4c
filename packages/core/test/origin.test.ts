import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scan, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { neg } from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import { setBackend, type Tensor, tensor } from "../src/index.ts";
import { callerOrigin, currentOrigin, trackOrigins, withOrigin } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

const file = fileURLToPath(import.meta.url);

/** `file:line:column` of the line on which this was called, shifted by `lines`. */
function here(lines = 0): RegExp {
  const frame = (new Error().stack ?? "").split("\n").find((text, i) => i > 1 && text.includes(file));
  const line = Number(/:(\d+):\d+\)?$/.exec(frame ?? "")?.[1]) + lines;
  return new RegExp(`^${file.replaceAll(/[.\\/]/g, "\\$&")}:${line}:\\d+$`);
}

test("callerOrigin is the innermost line outside Tapegrad's own sources", () => {
  expect(callerOrigin()).toMatch(here());
  const tape = new Tape();
  trackOrigins(() =>
    tape.record(() => {
      neg(tensor(1));
      scan((c: Tensor) => [neg(c), null], tensor(1), null, { length: 1 });
    }),
  );
  const [first, second] = tape.nodes.map(({ origin }) => origin);
  expect(first).toMatch(here(-5));
  expect(second).toMatch(here(-5));
});

describe("currentOrigin", () => {
  test("is known only while origins are tracked, trackings nested, and after an error", () => {
    expect(currentOrigin()).toBeUndefined();
    trackOrigins(() => {
      trackOrigins(() => expect(currentOrigin()).toMatch(here()));
      expect(currentOrigin()).toMatch(here());
    });
    expect(() =>
      trackOrigins(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(currentOrigin()).toBeUndefined();
  });

  test("is what withOrigin says, the innermost counting, until it ends", () => {
    trackOrigins(() => {
      withOrigin("there:1:2", () => {
        expect([currentOrigin(), callerOrigin()]).toEqual(["there:1:2", "there:1:2"]);
        withOrigin("elsewhere:3:4", () => expect(currentOrigin()).toBe("elsewhere:3:4"));
        withOrigin(undefined, () => expect(currentOrigin()).toBe("there:1:2"));
        expect(() =>
          withOrigin("lost:5:6", () => {
            throw new Error("inside");
          }),
        ).toThrow("inside");
        expect(currentOrigin()).toBe("there:1:2");
      });
      expect(currentOrigin()).toMatch(here());
    });
  });

  test("is found below many frames of the caller's own", () => {
    const deep = (depth: number): string | undefined => (depth === 0 ? currentOrigin() : deep(depth - 1));
    expect(trackOrigins(() => deep(50))).toMatch(here(-1));
  });
});

test("the caller's own limit of stack traces stays as it was", () => {
  const traces: { stackTraceLimit?: number } = Error;
  const before = traces.stackTraceLimit;
  callerOrigin();
  expect(traces.stackTraceLimit).toBe(before);
});

describe("where Tapegrad's own file is another one", () => {
  const source = stripTypeScriptTypes(
    readFileSync(fileURLToPath(new URL("../src/dispatch/origin.ts", import.meta.url)), "utf8"),
  );
  const caller = "console.log(callerOrigin());\n";

  /** What a program of these files, by path, prints. */
  function run(files: Readonly<Record<string, string>>, main: string, ...flags: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "origin-"));
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const output = execFileSync(process.execPath, [...flags, join(folder, main)], { encoding: "utf8" });
      return output
        .trim()
        .replace(folder, "")
        .replace(/^\/private/, "");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each([
    ["installed", "node_modules/@tapegrad/core/dist/internal.js"],
    ["side by side", "packages/core/dist/internal.js"],
    ["bundled by a development server", "node_modules/.vite/deps/chunk-ABC.js"],
  ])("%s, the caller's line is named", (_, place) => {
    const files = { [place]: source, "app/main.mjs": `import { callerOrigin } from "../${place}";\n${caller}` };
    expect(run({ ...files, "package.json": '{"type":"module"}' }, "app/main.mjs")).toBe("/app/main.mjs:2:13");
  });

  test("bundled with the caller, it says that it cannot name the line, as a module and as a script", () => {
    const message = "an unknown line (Tapegrad is bundled: run with source maps, or unbundled, to see the line itself)";
    expect(run({ "bundle.mjs": source + caller }, "bundle.mjs")).toBe(message);
    expect(run({ "app/dist/index.js": source + caller }, "app/dist/index.js")).toBe(message);
    const script = `(() => {${source.replaceAll(/^export /gm, "")}${caller}})()`;
    expect(run({ "bundle.cjs": script }, "bundle.cjs")).toBe(message);
  });

  test("called from outside its bundle, it says so", () => {
    const files = {
      "bundle.mjs": `${source}export const f = () => callerOrigin();`,
      "main.mjs": 'import { f } from "./bundle.mjs";\nconsole.log(f());',
    };
    expect(run(files, "main.mjs")).toMatch(/^\/main.mjs:2:13, outside the bundle \(/);
  });
});
