/** How long a visitor waits, in the page's own time: from what they do to the first frame that shows what came of it. */
import { errors, type Page } from "playwright-core";
import type { Opened, OpenOptions, Site } from "../site.ts";

/** Milliseconds after which a wait has failed. */
const patience = 30_000;

export interface Wait {
  /** What changes on the page. */
  readonly selector: string;
  /** A part of a question to the engine, as JSON: only what changes after its answer counts. */
  readonly answerTo?: string;
}

interface Clock {
  start(wait: Wait): void;
  /** Milliseconds, when it has been seen. */
  took: number | undefined;
}

declare global {
  interface Window {
    clock?: Clock;
  }
}

/** A page that can be timed. */
export function openTimed(site: Site, options: OpenOptions): Promise<Opened> {
  return site.open({ ...options, before: `(${installClock})()` });
}

/** Milliseconds from the next key, click or choice to the change. */
export async function timed(page: Page, sentence: string, wait: Wait, act: () => Promise<void>): Promise<number> {
  await page.evaluate((given) => window.clock?.start(given), wait);
  await act();
  await until(page, sentence, () => window.clock?.took !== undefined);
  const took = await page.evaluate(() => window.clock?.took);
  if (took === undefined) throw new Error("internal: the clock forgot what it saw");
  return took;
}

/** Waits for something on the page, and fails with a sentence that says what never came. */
export async function until(page: Page, sentence: string, isSo: () => boolean): Promise<void> {
  try {
    await page.waitForFunction(isSo, undefined, { timeout: patience });
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    throw new Error(`within ${patience / 1000} s it did not happen that ${sentence}`, { cause: error });
  }
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Runs in the page, as text, before the page's own scripts: it may use nothing of this module. */
function installClock(): void {
  let present: { wait: Wait; acted?: number; before?: string | undefined; isAnswered: boolean } | undefined;
  const shown = (selector: string) => document.querySelector(selector)?.outerHTML;
  const clock: Clock = {
    took: undefined,
    start(wait) {
      clock.took = undefined;
      const begun = { wait, before: shown(wait.selector), isAnswered: wait.answerTo === undefined };
      present = begun;
      const look = () => {
        if (present !== begun) return;
        // The answer is on the page before other listeners hear of it: what was shown before is what the last frame had.
        if (!present.isAnswered) present.before = shown(wait.selector);
        const { acted, before, isAnswered } = present;
        if (acted !== undefined && isAnswered && shown(wait.selector) !== before)
          clock.took = performance.now() - acted;
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    },
  };
  window.clock = clock;
  for (const kind of ["keydown", "click", "change"]) {
    const act = ({ timeStamp }: Event) => {
      if (present !== undefined) present.acted ??= timeStamp;
    };
    addEventListener(kind, act, { capture: true });
  }
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, message: { id?: string }, ...rest: never[]) {
    const asking = present;
    if (asking?.wait.answerTo !== undefined && JSON.stringify(message).includes(asking.wait.answerTo)) {
      this.addEventListener("message", ({ data }) => {
        asking.isAnswered ||= data.id === message.id;
      });
    }
    return Reflect.apply(postMessage, this, [message, ...rest]);
  };
}
