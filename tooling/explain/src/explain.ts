/** Explains a plan: a table of each pass with sizes and costs, the text between passes, the schedule. */
import { costOf, decompose, passNotes, planReport, pruneLoops, schedule, type Target } from "@tapegrad/compiler";
import { type Program, print, UnsupportedError } from "@tapegrad/core";

export interface ExplainOptions {
  readonly target: Target;
  /** Whether the Program is written out after every pass that changed it. */
  readonly text: boolean;
}

/** Lines of a terminal. */
export function explain(program: Program, { target, text }: ExplainOptions): string[] {
  const { passes, steps } = planReport(program, target);
  const first = { name: "as recorded", nodes: passes[0]?.nodesBefore ?? program.nodes.length, program };
  const rows = [first, ...passes].map(({ name, nodes, program: after }, i, all) => {
    const isChanged = i === 0 || print(after) !== print(all[i - 1]?.program ?? program);
    return { name, isChanged, after, cells: isChanged ? [String(nodes), ...costs(after, target)] : ["–", "", "", ""] };
  });
  const heads = ["entries", "kernels", "operations", "bytes"];
  const table = [
    line("pass", heads),
    ...rows.map(({ name, cells }) => line(name, cells)),
    "",
    ...Object.entries(passNotes).map(([name, { why }]) => `${name}: ${why}`),
  ];
  const texts = rows.flatMap(({ name, isChanged, after }) => (isChanged ? ["", `${name}:`, print(after)] : []));
  return [...table, ...(text ? texts : []), "", "what runs:", ...steps.map((step) => `  ${step}`)];
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(26)}${cells.map((cell) => cell.padStart(12)).join("")}`.trimEnd();
}

/** What the Program would cost if no other pass came after; a schedule takes loops without history, as pruneLoops leaves them. */
function costs(program: Program, target: Target): string[] {
  try {
    const { kernels, operations, bytes } = costOf(schedule(decompose(pruneLoops(program)), target).steps);
    return [kernels, operations, bytes].map((count) => count.toLocaleString("en"));
  } catch (error) {
    if (error instanceof UnsupportedError) return ["not yet", "", ""];
    throw error;
  }
}
