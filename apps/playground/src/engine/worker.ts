/** The engine's side of the page: owns the session, and trains in slices so that it can be asked things. */
import { expose } from "comlink";
import { TapegradError } from "tapegrad";
import type { EngineApi, TrainingReport } from "./protocol.ts";
import { createSession, type Session } from "./training-session.ts";

/** Milliseconds of training between two reports: long enough to be efficient, short enough to feel live. */
const slice = 40;

let session: Session | undefined;
/** The run that may go on; any other sees that it is not itself and ends. */
let current: symbol | undefined;

function started(): Session {
  if (session === undefined) throw new TapegradError("engine", "there is no model yet", "call start first");
  return session;
}

function trainSlice(trained: Session): TrainingReport {
  const begin = performance.now();
  const losses: number[] = [];
  const norms: number[] = [];
  do {
    const { bitsPerCharacter, gradientNorm } = trained.step();
    losses.push(bitsPerCharacter);
    norms.push(gradientNorm);
  } while (performance.now() - begin < slice);
  return {
    step: trained.steps,
    losses: Float32Array.from(losses),
    gradientNorms: Float32Array.from(norms),
    stepsPerSecond: (losses.length / (performance.now() - begin)) * 1000,
  };
}

const engine: EngineApi = {
  async start(config) {
    current = undefined;
    session = undefined;
    session = createSession(config);
    return session.summary;
  },
  async resume(onReport) {
    const trained = started();
    const run = Symbol("run");
    current = run;
    // Waiting for the page's answer paces the worker to the page, and lets other messages in.
    try {
      while (current === run) await onReport(trainSlice(trained));
    } finally {
      if (current === run) current = undefined;
    }
  },
  pause() {
    current = undefined;
  },
  setLearningRate(rate) {
    started().setLearningRate(rate);
  },
  sample: (prompt, temperature, length) => started().sample(prompt, temperature, length),
  hiddenStates: (text) => started().read(text),
};

expose(engine);
