/**
 * The little program that every consumer runs: it trains the README's LSTM for a few steps, op by op and as one compiled step,
 * and says which backend did the work.
 */
import { Adam, add, compile, concat, Generator, Linear, LSTM, mseLoss, Tape, zeros } from "tapegrad";

/** A model and one step of its training, whose loss is a tensor. */
function training() {
  const random = new Generator(1);
  const lstm = new LSTM(1, 16, { generator: random });
  const head = new Linear(16, 1, { generator: random });
  const parameters = [...lstm.parameters(), ...head.parameters()];
  const optimizer = new Adam(parameters, { learningRate: 0.02 });
  const inputs = random.uniform([32, 8, 1]); // [batch, time, feature]
  const targets = concat([zeros([32, 1, 1]), inputs.slice([0, 0], [32, 7])], { axis: 1 }); // the step before
  const step = () => {
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(head.forward(lstm.forward(inputs).output), targets));
    optimizer.step(tape.gradient(loss, parameters));
    return loss;
  };
  return { inputs, step };
}

async function losses(step) {
  const read = [];
  for (let i = 0; i < 20; i++) read.push(await step().item());
  return `${read[0].toFixed(2)} → ${read[19].toFixed(2)}`;
}

export async function program(print) {
  const eager = training();
  print(`backend ${eager.inputs.backend.name}`);
  print(`eager ${await losses(eager.step)}`);
  print(`compiled ${await losses(compile(training().step))}`);
  print("done");
}

/** Where modules are at hand, or the kernels were bundled: before anything was awaited, a result can be read. */
export async function serverProgram(print) {
  print(`at once ${add(1, 2).itemSync()}`);
  await program(print);
}
