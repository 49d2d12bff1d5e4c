/** The loop of processes other than rank 0: they take the steps that rank 0 orders, and read and write nothing. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Interruption } from "@tapegrad/command-line";
import type { Communicator } from "@tapegrad/parallel";
import { Learner } from "./learner.ts";
import { Team } from "./team.ts";

export async function follow(world: Communicator): Promise<void> {
  using interruption = new Interruption(() => {});
  const joined = Team.join(world);
  if (joined !== undefined) {
    const { team, setup } = joined;
    const learner = new Learner(setup.vocabularySize, setup.configuration);
    learner.share(world);
    for (let order = team.listen(); order.kind !== "end"; order = team.listen(interruption.signal)) {
      if ("inputs" in order) learner.learn(order.inputs, order.targets, order.kind === "first step");
      else learner.tensors();
      await nextTurn(); // Signals arrive between turns.
    }
  }
  world.close();
}
