/** What the page of `arrival.test.ts` runs: reads that cannot wait, and training, while the backend's code may be held up. */
import {
  Adam,
  add,
  compile,
  currentBackend,
  Generator,
  Linear,
  LSTM,
  memory,
  mseLoss,
  synchronize,
  Tape,
  tensor,
  zeros,
} from "tapegrad";

export interface Report {
  readonly backend: string;
  /** What a read at once gave, before and after the backend's code had arrived. */
  readonly reads: readonly string[];
  readonly losses: { readonly eager: readonly number[]; readonly compiled: readonly number[] };
  /** Bytes after some steps, and after many more. */
  readonly bytes: readonly number[];
  readonly warnings: readonly string[];
}

const warnings: string[] = [];
console.warn = (message: string) => void warnings.push(message);

function readNow(): string {
  try {
    return add(tensor([1, 2]), 1)
      .dataSync()
      .join();
  } catch (error) {
    return String(error);
  }
}

function training() {
  const generator = new Generator(1);
  const lstm = new LSTM(2, 8, { generator });
  const head = new Linear(8, 1, { generator });
  const parameters = [...lstm.parameters(), ...head.parameters()];
  const optimizer = new Adam(parameters, { learningRate: 0.02 });
  const [inputs, targets] = [generator.normal([4, 6, 2]), zeros([4, 6, 1])];
  return () => {
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(head.forward(lstm.forward(inputs).output), targets));
    optimizer.step(tape.gradient(loss, parameters));
    return loss;
  };
}

declare const gc: () => void; // By a flag of the browser.

async function bytesHeld(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 0)); // What is collected is noticed between two tasks.
  }
  return memory().bytes;
}

async function report(): Promise<Report> {
  const reads = [readNow()];
  memory();
  const [eager, compiled] = [training(), compile(training())];
  // Issued in one task, whether the code is there or not.
  const issued = [eager, compiled].map((step) => Array.from({ length: 5 }, () => step()));
  const [first = [], second = []] = await Promise.all(
    issued.map((losses) => Promise.all(losses.map((loss) => loss.item()))),
  );
  await synchronize();
  reads.push(readNow());
  const bytes: number[] = [];
  for (const steps of [20, 60]) {
    for (let i = 0; i < steps; i++) await compiled().item();
    bytes.push(await bytesHeld());
  }
  return { backend: currentBackend().name, reads, losses: { eager: first, compiled: second }, bytes, warnings };
}

Object.assign(globalThis, { report });
