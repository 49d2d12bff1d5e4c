/** One page in headless Chromium, on its software adapter, in which libraries make training steps on WebGPU. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import type { CommandCounts } from "./count-commands.ts";
import type { NpmPeerName } from "./npm-peers.ts";
import { Peer } from "./peer.ts";

export type PageLibrary = "tapegrad" | NpmPeerName;

export interface CountedStep {
  readonly loss: number;
  readonly counts: CommandCounts;
}

export interface BenchmarkPage {
  /** Browser and adapter. */
  readonly description: string;
  /** A library, as a peer that runs in the page. */
  library(name: PageLibrary): Peer;
  /** One more step of what a library prepared last, and what it handed to the GPU for it. */
  countedStep(name: PageLibrary): Promise<CountedStep>;
  close(): Promise<void>;
}

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Undefined where Chromium is not installed. */
export const chromiumPath = places.find((place) => existsSync(place));

const flags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
];

/** Origins have to be secure for WebGPU, which this is; nothing is asked of any server. */
const origin = "http://localhost/";

/** The script `peers/<name>.mjs` with all that it imports: code by the name of its file. */
async function bundle(name: string): Promise<Map<string, string>> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@tapegrad/source", "module", "browser"] },
    build: {
      write: false,
      minify: false,
      target: "esnext",
      lib: { entry: fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url)), formats: ["es"], fileName: name },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !("output" in output)) throw new Error("the bundler made nothing");
  return new Map(output.output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
}

/** @throws Error without Chromium, or without an adapter. */
export async function openPage({ rivals }: { readonly rivals: boolean }): Promise<BenchmarkPage> {
  if (chromiumPath === undefined) throw new Error(`Chromium is not installed: there is none of ${places.join(", ")}`);
  const names = rivals ? ["page-tapegrad", "page-rivals"] : ["page-tapegrad"];
  const scripts = new Map<string, string>();
  for (const name of names) for (const [file, code] of await bundle(name)) scripts.set(file, code);
  const html = names.map((name) => `<script type="module" src="${name}.js"></script>`).join("");

  const browser = await chromium.launch({ executablePath: chromiumPath, args: flags, timeout: 0 });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // Whoever calls knows how long it may take.
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.route("**/*", (route) => {
      const script = scripts.get(route.request().url().slice(origin.length));
      return route.fulfill(
        script === undefined
          ? { contentType: "text/html", body: html }
          : { contentType: "text/javascript", body: script },
      );
    });
    await page.goto(origin);
    const call = async (name: string, ...operands: readonly unknown[]): Promise<unknown> => {
      try {
        return await page.evaluate(
          ([global, list]) => Reflect.apply(Reflect.get(globalThis, global), undefined, list),
          [name, operands] as const,
        );
      } catch (cause) {
        throw new Error(["the page failed:", String(cause), ...complaints].join("\n"), { cause });
      }
    };
    const description = `Chromium ${browser.version()}, WebGPU on ${await call("adapter")}`;
    return {
      description,
      library: (name) => new Peer(name, description, { ask: (request) => call("ask", name, request), close() {} }),
      countedStep: async (name) => countedStepOf(await call("count", name, { command: "run", steps: 1 })),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** What the page's `count` gives is what `countCommands` and a session give. */
function countedStepOf(found: unknown): CountedStep {
  const { answer, counts } = found as { answer: { losses: readonly number[] }; counts: CommandCounts };
  return { loss: answer.losses[0] ?? Number.NaN, counts };
}
