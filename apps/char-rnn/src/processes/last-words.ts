/** Finds the reason why a process ended that could not report it itself, from the output and the exit code of `mpirun`. */

/** What launchers write of a rank that a signal has ended. MPICH names the process alone. */
const killedRanks = [
  /process (?<who>rank \d+) with PID \d+ on node \S+ exited on signal (?<signal>\d+) \((?<name>[^)]+)\)/, // Open MPI
  /(?<who>PID \d+) RUNNING AT [\s\S]*EXIT STRING: (?<name>[^(]+) \(signal (?<signal>\d+)\)/, // MPICH
];

/** One sentence, without a full stop. */
export function whyItEnded(words: string, code: number | null, signal: NodeJS.Signals | null): string {
  for (const pattern of killedRanks) {
    const { who, signal: number, name } = pattern.exec(words)?.groups ?? {};
    if (who !== undefined) return `${who.replace("PID", "process")} was ended by signal ${number} (${name})`;
  }
  if (signal !== null) return `the processes were ended by ${signal}`;
  const last = words
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[^-\s]/.test(line))
    .at(-1);
  return `the processes ended with code ${code}${last === undefined ? "" : `: ${last}`}`;
}
