/**
 * Opens a page in a browser of the system and returns what it printed on its console until it printed "done" or failed.
 * Chromium is driven by playwright, Firefox by its own WebDriver BiDi, WebKit by the driver of WebKitGTK.
 */
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import type { Browser } from "./consumer.ts";
import { webkit } from "./webkit.ts";

export interface Visit {
  readonly version: string;
  /** One line for each message, warnings and errors with their kind in front. */
  readonly output: string;
}

/** Milliseconds that a page may take to print "done". */
export const patience = 120_000;

export const paths: Readonly<Record<Browser, string>> = {
  chromium: "/usr/bin/chromium",
  firefox: "/usr/bin/firefox-esr",
  webkit: "/usr/bin/WebKitWebDriver",
};

/** With an unpacked extension, where the browser takes one. */
export const visit: Readonly<Record<Browser, (address: string, extension?: string) => Promise<Visit>>> = {
  async chromium(address, extension) {
    const extensions = extension && [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`];
    const browser = await chromium.launchPersistentContext("", {
      executablePath: paths.chromium,
      args: ["--no-sandbox", "--disable-background-networking", ...(extensions ?? [])],
      ...(extensions && { ignoreDefaultArgs: ["--disable-extensions"] }),
    });
    try {
      const page = await browser.newPage();
      const console = listen();
      page.on("console", (message) => console.add(message.type(), message.text()));
      page.on("pageerror", (error) => console.fail(error));
      await page.goto(address);
      return { version: `Chromium ${browser.browser()?.version()}`, output: await console.output };
    } finally {
      await browser.close();
    }
  },

  async firefox(address) {
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: paths.firefox, headless: true });
    try {
      const page = await browser.newPage();
      const console = listen();
      page.on("console", (message) => console.add(message.type(), message.text()));
      page.on("pageerror", (error) => console.fail(error));
      await page.goto(address);
      return { version: (await browser.version()).replace("/", " "), output: await console.output };
    } finally {
      await browser.close();
    }
  },

  webkit: (address) => webkit(paths.webkit, address, patience),
};

/** Collects lines until "done", an uncaught error, or the end of patience. */
function listen() {
  const lines: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const end = () => {
    clearTimeout(timer);
    resolve(lines.join("\n"));
  };
  const timer = setTimeout(() => {
    lines.push("error: nothing more for a long time");
    end();
  }, patience);
  return {
    output: promise,
    add(kind: string, text: string) {
      lines.push(kind === "error" || kind.startsWith("warn") ? `warning: ${text}` : text);
      if (text === "done") end();
    },
    fail(error: unknown) {
      lines.push(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      end();
    },
  };
}
