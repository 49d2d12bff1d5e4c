/** Starts the processes of a run, and starts them again from the last checkpoint when one of them dies. */
import { CommandError, exitCodeOf, Interruption } from "@tapegrad/command-line";
import { resumeCommand } from "../commands/hints.ts";
import { Display } from "../terminal/display.ts";
import { configure } from "../training/configure.ts";
import type { TrainOptions } from "../training/run.ts";
import { Job } from "./job.ts";
import { chooseLauncher } from "./launcher.ts";
import type { Saved } from "./messages.ts";

/** Returns the exit code. @throws CommandError when the run cannot go on. `words` are the command line's. */
export async function supervise(options: TrainOptions, words: readonly string[]): Promise<number> {
  const { processes = 1, transport, restarts = 0 } = options;
  if (options.resume === undefined) configure(options, undefined, processes); // Before anything is started.
  const launcher = await chooseLauncher(processes, transport);
  const screen = new Display();
  let job: Job | undefined;
  using interruption = new Interruption((signal) => job?.interrupt(signal));
  screen.say(`training on ${launcher.description}`);
  let saved: Saved | undefined;
  for (let restart = 0; ; restart++) {
    const from = saved === undefined ? [] : ["--resume", saved.path];
    job = await Job.start({ launcher, words: [...words, ...from], isRestart: restart > 0, screen });
    const end = await job.end();
    saved = job.saved ?? saved;
    if ("ended" in end) return exitCodeAfter(end.ended);
    screen.finish();
    if (restart === restarts || interruption.signal !== undefined) {
      const tries = restart === 0 ? "" : ` (after ${restart} restart${restart === 1 ? "" : "s"})`;
      throw new CommandError(`${end.failed}${tries}; ${whatIsLeft(saved, options)}`, {
        exitCode: interruption.signal === undefined ? 1 : exitCodeOf(interruption.signal),
      });
    }
    const where = saved === undefined ? "the beginning" : `step ${saved.step}`;
    screen.say(`${end.failed}; starting again from ${where} (restart ${restart + 1} of ${restarts})`);
  }
}

function exitCodeAfter({ code, message }: { readonly code: number; readonly message?: string }): number {
  if (message !== undefined) throw new CommandError(message, { exitCode: code });
  return code;
}

function whatIsLeft(saved: Saved | undefined, options: TrainOptions): string {
  if (saved === undefined) return "nothing of this run is saved";
  return `step ${saved.step} is saved; go on with: ${resumeCommand(saved.path, options).join(" ")}`;
}
