/** The texts of the page's frame: header, run, time, transport. */

const count = (value: number) => value.toLocaleString("en");

export const shellTexts = {
  name: "Tapegrad",
  kind: "playground",
  lenses: "Lenses",
  run: "The run",
  explanation: "What this shows",
  loading: "Loading …",
  close: "Close",

  time: "Time",
  cursor: "Cursor",
  playTime: "Play through time",
  overview: "Position in all of the data",
  position: (position: number, length: number) => `${count(position)} of ${count(length)}`,

  training: "Training",
  train: "Train",
  pause: "Pause",
  step: "One step",
  stepShort: "Step",
  rewind: "Rewind",
  rewindTitle: "Back to the untrained network, with the same seed",
  speed: "Speed",
  speeds: { slow: "10 steps a second", fast: "60 steps a second", full: "full speed" },
  speedsShort: { slow: "10 / s", fast: "60 / s", full: "full" },
  stepCount: "Step",
  rate: "Steps a second",
  status: {
    starting: "Making the network …",
    untrained: "The network is untrained: it guesses. Press Train.",
    opened: "The network was trained before it came here. Train goes on from there.",
    training: "It learns.",
    paused: (step: number) => `Paused after ${count(step)} ${step === 1 ? "step" : "steps"}. Train goes on.`,
    solved: (step: number) => `Solved: training stopped by itself after ${count(step)} steps.`,
  },
  portable:
    "This page may not compile WebAssembly, so the portable backend computes: slower, with the same results. To allow it, add 'wasm-unsafe-eval' to the page's Content-Security-Policy.",
} as const;
