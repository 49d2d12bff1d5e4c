/**
 * A page in WebKitGTK's small browser, through the few calls of WebDriver that this takes. WebDriver cannot read the console,
 * so the page collects its output in `printed`.
 */
import { globSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Visit } from "./browsers.ts";
import { start, stop } from "./command.ts";

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

export async function webkit(driver: string, address: string, patience: number): Promise<Visit> {
  const port = 20_000 + (process.pid % 20_000);
  const host = `http://127.0.0.1:${port}`;
  const child = start("/tmp", `xvfb-run --auto-servernum ${driver} --port=${port}`);
  const until = Date.now() + patience;
  try {
    while (!(await isReady(host))) {
      if (Date.now() > until) throw new Error("WebKitWebDriver does not answer");
      await sleep(100);
    }
    const [binary] = globSync("/usr/lib/*/webkit2gtk-4.1/MiniBrowser");
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } } };
    const session = await call<Session>(host, "POST", "/session", { capabilities });
    const path = `/session/${session.sessionId}`;
    try {
      await call(host, "POST", `${path}/url`, { url: address });
      let lines: readonly string[] = [];
      while (!lines.some((line) => line === "done" || line.startsWith("error:")) && Date.now() < until) {
        await sleep(200);
        const script = "return globalThis.printed ?? []";
        lines = await call<string[]>(host, "POST", `${path}/execute/sync`, { script, args: [] });
      }
      return { version: `WebKitGTK ${session.capabilities.browserVersion}`, output: lines.join("\n") };
    } finally {
      await call(host, "DELETE", path);
    }
  } finally {
    stop(child);
  }
}

const isReady = (host: string): Promise<boolean> =>
  fetch(`${host}/status`).then(
    ({ ok }) => ok,
    () => false,
  );

async function call<Value>(host: string, method: string, path: string, body?: object): Promise<Value> {
  const response = await fetch(host + path, { method, ...(body && { body: JSON.stringify(body) }) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`WebDriver ${path}: ${JSON.stringify(answer)}`);
  return (answer as { value: Value }).value; // As the WebDriver standard says for each call.
}
