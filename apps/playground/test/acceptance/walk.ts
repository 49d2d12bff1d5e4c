/** The states and guises in which every lens is looked at, and what is looked for. */
import type { Page } from "playwright-core";
import { defaultSettings } from "../../src/engine/settings.ts";
import { writeRun } from "../../src/link/run-link.ts";
import type { OpenOptions } from "../site.ts";

/** How a visitor may have the page before them. */
export const guises = {
  light: { width: 1440, height: 900 },
  dark: { width: 1440, height: 900, colorScheme: "dark" },
  telephone: { width: 390, height: 844, hasTouch: true, isMobile: true },
  "forced colours": { width: 1440, height: 900, forcedColors: "active" },
} as const satisfies Readonly<Record<string, OpenOptions>>;
export type Guise = keyof typeof guises;

/** What a page is told to be in a guise, whatever it was before. */
export function media(guise: Guise) {
  const { colorScheme = "light", forcedColors = "none" }: OpenOptions = guises[guise];
  return { colorScheme, forcedColors };
}

/** A linear cell whose state grows eightfold at each step, beyond float32's range within a window. */
const ruinous = `export default {
  W: new Parameter(generator.uniform([input, hidden])),
  initialState: (batch) => ({ h: ones([batch, hidden]) }),
  step(x, { h }) {
    const next = matmul(x, this.W).add(h.mul(8));
    return { output: next, state: { h: next } };
  },
};`;
const text = "to be or not to be ".repeat(20);

/** The address of a run whose first step fails. */
const ruined = async () =>
  `#${new URLSearchParams(await writeRun({ settings: { ...defaultSettings, task: { kind: "text", text }, cell: "own", cellSource: ruinous }, step: 0, cursor: 0, unit: [0, 0] }))}`;

export interface State {
  readonly name: string;
  /** What is beyond the app's address. */
  readonly at?: () => Promise<string>;
  /** From the first view to the state. */
  readonly reach: (page: Page) => Promise<void>;
}

export const states: readonly State[] = [
  { name: "first", reach: async () => {} },
  { name: "training", reach: (page) => train(page, "slow") },
  {
    name: "trained",
    reach: async (page) => {
      await train(page, "full");
      await page.getByText("Solved: training stopped by itself").waitFor();
    },
  },
  {
    name: "failed",
    at: ruined,
    reach: async (page) => {
      await train(page, "full");
      await page.locator(".status .problem").getByText("no longer a number").waitFor();
    },
  },
];

export async function train(page: Page, speed: "slow" | "fast" | "full"): Promise<void> {
  await page.getByRole("combobox", { name: "Speed" }).selectOption(speed);
  await trainButton(page).click();
}

/** Train, or Pause while it trains. */
export function trainButton(page: Page) {
  return page.locator(".transport").getByRole("button", { name: /^(Train|Pause)$/ });
}

/** Pixels that a target has in both directions at least: on a telephone the primary ones, and others. */
const smallest = { primary: 44, other: 24 };

/** Targets that are too small. */
export function smallTargets(page: Page, isTelephone: boolean): Promise<string[]> {
  return page.evaluate(
    ({ primary, other, isTelephone }) =>
      [...document.querySelectorAll<HTMLElement>("button, select, input, textarea, summary, a[href], [role=slider]")]
        .filter((target) => target.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .flatMap((target) => {
          // A label makes its field larger; a link in a sentence is as large as its words (WCAG 2.5.8, inline).
          const area = target.closest("label") ?? target;
          const inline = target instanceof HTMLAnchorElement && getComputedStyle(target).display === "inline";
          const least = isTelephone && target.matches(".transport button") ? primary : other;
          const { width, height } = area.getBoundingClientRect();
          const isSmall = !inline && width > 0 && Math.min(width, height) < least - 0.5;
          return isSmall ? [`${target.outerHTML.slice(0, 120)}: ${width.toFixed(0)}×${height.toFixed(0)}`] : [];
        }),
    { ...smallest, isTelephone },
  );
}

/** Whether focus has fallen to the body, or to nothing. */
export function focusIsLost(page: Page): Promise<boolean> {
  return page.evaluate(() => document.activeElement === null || document.activeElement === document.body);
}
