/** What the frame of the page says: header, run, transport. */
export const shellTexts = {
  brand: "Tapegrad playground",
  lenses: "Lenses",
  run: "The run",
  explanation: "What this shows",
  time: "Time",
  loading: "Loading …",
  close: "Close",
  train: "Train",
  pause: "Pause",
  step: "One step",
  rewind: "Rewind",
  newSeed: "New seed",
  speed: "Speed",
  speeds: { slow: "slow, ten steps a second", fast: "fast, sixty steps a second", full: "as fast as it goes" },
  portable:
    "This page may not compile WebAssembly, so the portable backend computes: slower, with the same results. To allow it, add 'wasm-unsafe-eval' to the page's Content-Security-Policy.",
} as const;
