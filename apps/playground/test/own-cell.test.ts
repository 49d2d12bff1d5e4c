/** A cell of one's own, in a real browser: written, checked, trained, stopped; what its code cannot do; and what can be taken along. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openModel } from "../src/engine/opened/open-model.ts";
import { templates } from "../src/engine/own-cell/templates.ts";
import { type OpenOptions, type Site, serveApp, withoutBrowser } from "./browser.ts";
import { kept } from "./kept.ts";
import { outcomesIn, waysOut } from "./ways-out.ts";

const run = promisify(execFile);
let site: Site;
beforeAll(async () => {
  if (!withoutBrowser) site = await serveApp();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

describe.skipIf(withoutBrowser)("own cells in Chromium (skipped where Chromium is not installed)", () => {
  async function openLens(options?: OpenOptions) {
    const { page, complaints } = await site.open({ ...options, at: "#lens=own-cell" });
    await page.locator(".cm-content").waitFor();
    return { page, complaints };
  }

  test("is checked at every change, with the line of a mistake, and trained like the others", async () => {
    const { page, complaints } = await openLens();
    for (const { title } of templates) {
      await page.getByRole("button", { name: title }).click();
      await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    }

    await write(page, templates[0].source.replace("matmul(x, this.W)", "matmul(this.W, x)"));
    await expect.poll(() => verdict(page)).toMatch(/It does not run.*Line 18: matmul: inner dimensions differ/s);
    expect(await page.locator(".cm-lint-marker-error").count()).toBe(1);

    await write(page, templates[0].source.replace("{ output: next,", "{ output: ,"));
    await expect.poll(() => verdict(page)).toMatch(/It does not run.*Line 20: /s);
    await page.getByRole("button", { name: "Line 20" }).click();
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("cm-content");

    const rule = "const square = customVjp({ forward: (z) => [mul(z, z), z], backward: (z, g) => [mul(g, z)] });"; // 2 g z is right
    await write(page, `${rule}\n${templates[0].source.replace("= tanh(", "= square(")}`);
    await expect.poll(() => verdict(page)).toContain("The gradient is wrong.");

    await page.getByRole("button", { name: "What if" }).click();
    await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.getByRole("button", { name: "Train it" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toMatch(/[1-9]/);
    await page.screenshot({ path: "apps/playground/test/output/own-cell.png" });
    await page.getByRole("button", { name: "Pause it" }).click();
    await page.waitForURL(/cell=own/);
    const { page: fresh } = await site.open({ at: new URL(page.url()).hash });
    await fresh.getByRole("button", { name: "Train it" }).waitFor();
    expect(await fresh.locator(".cm-content").textContent()).toContain("What if an LSTM never forgot?");
    await fresh.close();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("what was being written is there again after a reload, beside the run that it was written beside", async () => {
    const { page, complaints } = await openLens();
    const draft = templates[1].source.replace("step(x", "/* not yet in use */ step(x");
    await write(page, draft);
    await expect.poll(() => kept(page, "own-cell draft")).toMatchObject({ text: draft });
    await page.reload();
    await expect.poll(() => page.locator(".cm-content").textContent()).toContain("not yet in use");
    await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    // It stays a draft: the run has the cell that it had.
    expect(await page.getByRole("combobox", { name: "Cell" }).inputValue()).toBe("LSTM");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("an endless loop ends after the limit, and the page goes on", async () => {
    const { page } = await openLens();
    await write(
      page,
      templates[0].source.replace("step(x, { h }) {", "step(x, { h }) { if (h.shape[0] === 1) for (;;);"),
    );
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await expect
      .poll(() => page.locator(".own-cell-side > .problem").textContent())
      .toContain("computed for 5 seconds");
    await write(page, "for (;;);");
    await expect.poll(() => verdict(page)).toContain("computed for 5 seconds");
    await write(page, templates[1].source);
    await expect.poll(() => verdict(page)).toContain("The gradient is right.");
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.getByRole("button", { name: "Train it" }).waitFor();
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toBe("1");
    await page.close();
  });

  test("can neither load, nor send, nor keep anything, nor reach the page", async () => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.setHeader("access-control-allow-origin", "*").end("export default 1");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const address = elsewhere.address();
    if (address === null || typeof address === "string") throw new Error("internal: the server has no port");
    const { page } = await openLens();
    const heard = await page.evaluateHandle(() => {
      const messages: string[] = [];
      new BroadcastChannel("way out").onmessage = ({ data }) => messages.push(data);
      addEventListener("message", ({ data }) => messages.push(JSON.stringify(data)));
      return messages;
    });
    const origins = [new URL(page.url()).origin, `http://127.0.0.1:${address.port}`];
    await write(page, waysOut(origins));
    let turn = 0;
    const outcomes = await expect
      .poll(
        async () => {
          await write(page, `${waysOut(origins)}// ${turn++}`);
          await expect.poll(() => verdict(page)).not.toContain("Checking");
          return outcomesIn(await verdict(page));
        },
        { interval: 500 },
      )
      .toBeTruthy()
      .then(async () => outcomesIn(await verdict(page)));
    expect(outcomes?.filter(([, outcome]) => !/^(refused|absent)/.test(outcome))).toEqual([]);
    expect(outcomes?.length).toBeGreaterThan(20);
    expect(asked).toEqual([]);
    expect((await heard.jsonValue()).filter((message) => message.includes("way out"))).toEqual([]);
    elsewhere.close();
    await page.close();
  });

  test("can make the page call nothing through the ports that it shares with it", async () => {
    const { page } = await openLens();
    // As comlink's messages would: make a function of a text in the page, and give all its objects a property.
    const forged = `
const post = MessagePort.prototype.postMessage;
const raw = (value) => ({ type: "RAW", value });
MessagePort.prototype.postMessage = function (...given) {
  post.call(this, { id: "1", type: "CONSTRUCT", path: ["constructor"], argumentList: [raw("escaped = true")] });
  post.call(this, { id: "2", type: "SET", path: ["__proto__", "__proto__", "escaped"], value: raw(true) });
  return post.apply(this, given);
};`;
    await write(page, `${templates[0].source}${forged}`);
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.getByRole("button", { name: "Train it" }).click();
    await expect.poll(() => page.locator("#step").textContent()).toMatch(/[1-9]/);
    expect(await page.evaluate(() => "escaped" in {})).toBe(false);
    await page.close();
  });

  test("says so where the page's policy refuses to evaluate text", async () => {
    const { page } = await openLens({ policy: "script-src 'self' 'wasm-unsafe-eval'" });
    await expect.poll(() => verdict(page)).toContain("Content-Security-Policy refuses it");
    await page.close();
  });
});

describe.skipIf(withoutBrowser)("Export in Chromium (skipped where Chromium is not installed)", () => {
  test("gives programs, weights, pictures and tables of what is on the page", async () => {
    const { page, complaints } = await site.open({ at: "#lens=train&step=100" });
    await expect.poll(() => page.locator("#step").textContent()).toBe("100");
    await page.getByRole("button", { name: "Export" }).click();
    const saved = async (name: string | RegExp) => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(".export").getByRole("button", { name }).click(),
      ]);
      return readFile(await file.path());
    };

    const place = new URL("output/downloaded/", import.meta.url);
    await mkdir(place, { recursive: true });
    await writeFile(new URL("run.ts", place), await saved("run.ts"));
    const { stdout } = await run(process.execPath, ["--conditions=@tapegrad/source", "run.ts"], { cwd: place });
    const [, printed] = /^step 100: (\S+)/m.exec(stdout) ?? [];
    const [, shown] = /^100,([^,]+)/m.exec((await saved(/csv$/)).toString()) ?? [];
    expect(Math.abs(Number(printed) - Number(shown))).toBeLessThan(1e-5);

    const { vocabulary, settings } = openModel(await saved(/^weights.*safetensors$/));
    expect(vocabulary).toEqual(["e", "h", "l", "o"]);
    expect(settings).toEqual({ cell: "LSTM", layers: 1, hidden: 16 });
    expect((await saved("run.py")).toString()).toContain("self.lstm = nn.LSTM(16, 16");
    expect(openModel(await saved("run.safetensors")).vocabulary).toEqual(vocabulary);
    const svg = (await saved(/svg$/)).toString();
    expect(/^<svg .*>Train<.*<image .*href="data:image\/png/s.test(svg)).toBe(true);
    expect((await saved(/png$/)).subarray(1, 4).toString()).toBe("PNG");
    expect(complaints).toEqual([]);
    await page.close();
  });
});

async function verdict(page: Page): Promise<string> {
  return (await page.locator(".own-cell-check [role=status]").textContent()) ?? "";
}

async function write(page: Page, source: string): Promise<void> {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(source);
}
