/** `train`: finds out which part this process has in a run, and runs it. */

import { CommandError } from "@tapegrad/command-line";
import { type Communicator, mpi, threads } from "@tapegrad/parallel";
import { faultOf } from "../faults.ts";
import { type Place, placeOfThisProcess } from "../processes/place.ts";
import { supervise } from "../processes/supervise.ts";
import { SupervisorLine } from "../processes/supervisor-line.ts";
import { Display } from "../terminal/display.ts";
import { follow } from "../training/follow.ts";
import type { TrainOptions } from "../training/run.ts";
import { useBackend } from "./backends.ts";
import { lead } from "./lead.ts";

/** Returns the exit code. `words` are what was typed. */
export async function train(options: TrainOptions, words: readonly string[]): Promise<number> {
  const place = placeOfThisProcess();
  const { assignment } = place;
  if (assignment !== undefined) return await trainFor(assignment.socket, options, place);
  if (place.hasOthers) {
    refuseNesting(options);
    return await takePart(options, place);
  }
  if ((options.processes ?? 1) > 1 || (options.restarts ?? 0) > 0) return await supervise(options, words);
  await useBackend(options.backend, "all");
  return await lead(options, { screen: new Display() });
}

/** As one of several that the user's own `mpirun` has started. */
async function takePart(options: TrainOptions, place: Place): Promise<number> {
  const world = await worldOf(place);
  await useBackend(options.backend, "all");
  if (world.rank === 0) return await lead(options, { screen: new Display(), world });
  await follow(world);
  return 0;
}

/** As a process of a supervisor, which shows what happens and knows what to do about failures. */
async function trainFor(socket: string, options: TrainOptions, place: Place): Promise<number> {
  const line = place.isFirst ? new SupervisorLine(socket) : undefined;
  try {
    const world = place.hasOthers ? await worldOf(place) : undefined;
    await useBackend(options.backend, "all");
    if (line === undefined) {
      if (world !== undefined) await follow(world);
      return 0;
    }
    await lead(options, { screen: line.screen, world, line });
  } catch (error) {
    const fault = faultOf(error);
    const why = error instanceof Error ? error.message : String(error);
    const { exitCode: code, message } = fault ?? { exitCode: 1, message: why };
    await line?.end(fault === undefined ? { failed: why } : { ended: { code, message } });
    if (fault === undefined) throw error;
    // The others may be in the middle of something; threads end with the process.
    if (!(error instanceof CommandError)) process.exit(code);
  }
  return 0;
}

async function worldOf({ assignment }: Place): Promise<Communicator> {
  if (assignment?.transport === "threads") return await threads(assignment.processes);
  try {
    return await mpi();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`cannot train under mpirun: ${why}`, { cause, exitCode: 1 });
  }
}

function refuseNesting({ processes, restarts, transport }: TrainOptions): void {
  const typed = Object.entries({ processes, restarts, transport }).find(([, value]) => value !== undefined);
  if (typed === undefined) return;
  throw new CommandError(
    `--${typed[0]} is for a command that starts the processes itself; under mpirun, leave it out (mpirun -n says how many), ` +
      "or leave out mpirun",
  );
}
