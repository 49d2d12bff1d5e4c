/** Plans the trials of a sweep: the same description gives the same trials on any machine. */
import { createHash } from "node:crypto";
import { Generator } from "tapegrad";
import type { CheckedSweep } from "./check-sweep.ts";
import { draw, type Parameters, type Value } from "./space.ts";

export interface Plan {
  /** Of all that the plan is made of; not of the training function, whose text nobody can see. */
  readonly digest: string;
  readonly parameters: readonly Parameters[];
}

/** Trial i takes the i-th combination of the grids, over and over, and draws the rest. More trials begin with the same ones. */
export async function planTrials(sweep: CheckedSweep): Promise<Plan> {
  const { space, trials, seed } = sweep;
  const names = Object.keys(space).sort();
  const drawn = names.filter((name) => !("grid" in (space[name] ?? {})));
  const random = await uniforms(seed, trials, drawn.length);
  const parameters = random.map((numbers, trial) => {
    let combination = trial;
    const values = names.map((name): [string, Value] => {
      const axis = space[name];
      if (axis === undefined) throw new Error(`internal: the space lost ${name}`);
      if (!("grid" in axis)) return [name, draw(axis, numbers[drawn.indexOf(name)] ?? 0)];
      const index = combination % axis.grid.length;
      combination = Math.floor(combination / axis.grid.length);
      return [name, axis.grid[index] ?? 0];
    });
    return Object.fromEntries(values);
  });
  return { digest: digestOf(sweep), parameters };
}

/** [trials, count] */
async function uniforms(seed: number, trials: number, count: number): Promise<number[][]> {
  if (count === 0) return Array.from({ length: trials }, () => []);
  const generator = new Generator(seed);
  const rows: number[][] = [];
  for (let trial = 0; trial < trials; trial++) rows.push(Array.from(await generator.uniform([count]).data(), Number));
  return rows;
}

function digestOf({ train, ...numbers }: CheckedSweep): string {
  const told = typeof train === "function" ? undefined : train;
  return createHash("sha256")
    .update(JSON.stringify({ ...numbers, train: told }))
    .digest("hex")
    .slice(0, 12);
}
