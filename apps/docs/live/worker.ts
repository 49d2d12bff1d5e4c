/**
 * Runs an example of a page as a module of its own, beside the page, so that the page can stop it at any time. What it prints is
 * formatted as Node does it.
 */
import { format } from "node-inspect-extracted";
import { listen } from "./join.ts";
import type { RunReport, RunRequest } from "./messages.ts";
import { lineIn, resolveImports } from "./program.ts";

let address = "";
let listening = false;

function report(message: RunReport): void {
  postMessage(message);
}

function printer(stream: "out" | "err") {
  return (...values: unknown[]): void => {
    if (listening) report({ kind: "line", text: format(...values), stream });
  };
}

const [out, err] = [printer("out"), printer("err")];
Object.assign(console, { log: out, info: out, debug: out, table: out, dir: out, warn: err, error: err });
Object.assign(globalThis, {
  [listen]: () => {
    listening = true;
  },
});

function fail(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : format(error);
  const line = error instanceof Error ? lineIn(error.stack ?? "", address) : undefined;
  report({ kind: "failure", text: text.replaceAll(new URL("./", import.meta.url).href, ""), line });
}

function addressOf(name: string): string {
  return new URL(`./${name}.js`, import.meta.url).href;
}

/** In browsers a backend's code arrives when it is first needed; an example need not wait for it, as in Node. */
async function loadBackend(): Promise<void> {
  const { synchronize }: typeof import("tapegrad") = await import(/* @vite-ignore */ addressOf("tapegrad"));
  await synchronize();
}

addEventListener("unhandledrejection", (event) => fail(event.reason));
addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("message", async ({ data }: MessageEvent<RunRequest>) => {
  try {
    const code = resolveImports(data.code, addressOf);
    if (code.includes(addressOf("tapegrad"))) await loadBackend();
    address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await import(/* @vite-ignore */ address);
  } catch (error) {
    fail(error);
  }
  report({ kind: "end" });
});
