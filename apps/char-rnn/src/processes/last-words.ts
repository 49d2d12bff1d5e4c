/** Why processes ended that could not say it themselves, from what `mpirun` wrote and how it ended. */

/** One sentence, without a full stop. */
export function whyItEnded(words: string, code: number | null, signal: NodeJS.Signals | null): string {
  const killed = /process rank (\d+) with PID \d+ on node (\S+) exited on signal (\d+) \(([^)]+)\)/.exec(words);
  if (killed !== null) return `rank ${killed[1]} was ended by signal ${killed[3]} (${killed[4]})`;
  if (signal !== null) return `the processes were ended by ${signal}`;
  const last = words
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[^-\s]/.test(line))
    .at(-1);
  return `the processes ended with code ${code}${last === undefined ? "" : `: ${last}`}`;
}
