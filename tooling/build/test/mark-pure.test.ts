import { build, type Plugin } from "rolldown";
import { describe, expect, it } from "vitest";
import { markPure } from "../src/mark-pure.ts";

/** The entry, whose text is `code`. */
const text = (code: string): Plugin => ({
  name: "text",
  resolveId: (id) => (id === "text" ? id : undefined),
  load: (id) => (id === "text" ? code : undefined),
});

async function bundle(code: string, plugins: Plugin[] = []): Promise<string> {
  const { output } = await build({ input: "text", plugins: [text(code), ...plugins], write: false });
  return output[0].code;
}

const marked = (code: string) =>
  bundle(`${code}\nexport const used = 1;\nexport { unused };`, [markPure()]).then((built) => ({
    built,
    kept: bundle(built.replace(/export \{[^}]*\}/, "export { used }")),
  }));

describe("a constant that nobody uses", () => {
  it.each([
    ["a call", "const unused = globalThis.f(() => 1);"],
    ["a call among the arguments of a call", "const g = () => globalThis.f; const unused = g(g(1), { x: g(2) });"],
    ["an instance", "class C { constructor() { globalThis.f(); } } const unused = new C();"],
    ["properties and spread lists", "const unused = [...globalThis.list, globalThis.one.two];"],
    ["text with values", "const unused = `$" + "{globalThis.one}`;"],
    ["a class with an initialiser", "const unused = class { static x = globalThis.f(); };"],
    ["a class with computed names", "class unused { [globalThis.one]() {} }"],
    ["a sum", "const unused = globalThis.one + 1;"],
  ])("leaves the bundle: %s", async (_name, code) => {
    const { built, kept } = await marked(code);
    expect(built).toContain("unused");
    expect(await kept).not.toMatch(/unused|globalThis/);
  });

  it.each([
    ["its statement does something", "const unused = 1; globalThis.f(unused);"],
    ["its class has a block", "class unused { static { globalThis.f(); } }"],
  ])("stays if %s", async (_name, code) => {
    const { kept } = await marked(code);
    expect(await kept).toContain("globalThis.f(");
  });
});

it("keeps the names of classes", async () => {
  const code = "export class Base {}\nexport const made = class extends Base { static one = Math.random(); };";
  const built = await bundle(`${code}\nglobalThis.names = [Base.name, made.name];`, [markPure()]);
  await import(`data:text/javascript,${encodeURIComponent(built)}`);
  expect(Reflect.get(globalThis, "names")).toEqual(["Base", "made"]);
});
