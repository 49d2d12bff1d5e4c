/** A run that goes on for a while, as an address. */
import { defaultSettings } from "../../src/engine/settings.ts";
import { writeRun } from "../../src/link/run-link.ts";

/** Long enough to be held out from, and to take a while to learn. */
const text = Array.from(
  { length: 400 },
  (_, i) => `${i} times ${(i * 7919) % 1000} is ${((i * 7919) % 1000) * i}`,
).join("\n");

/** The address of a run on a text, with so many units. */
export async function addressOf(hidden: number): Promise<string> {
  const settings = { ...defaultSettings, hidden, task: { kind: "text", text } } as const;
  return `#${new URLSearchParams(await writeRun({ settings, step: 0, cursor: 100, unit: [0, 0] }))}`;
}
