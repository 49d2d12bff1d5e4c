/** The texts of the Train lens. */
import { visible } from "../components/visible.ts";

const percent = (share: number) => `${Math.round(share * 100)} %`;

export const trainTexts = {
  intro: {
    text: "The network reads one character at a time and learns to say which comes next. All of it runs in this page.",
    other: "The network reads one element at a time and learns to give the right answers. All of it runs in this page.",
  },
  loss: { text: "How surprised it is", tokens: "How surprised it is", numbers: "How wrong it is" },
  lossAbout: {
    text: "Bits of surprise per character: 0 if it always knew the next one. Dashed: what mere counting reaches.",
    tokens: "Bits of surprise per answer: 0 if it always knew the right one.",
    numbers: "The mean squared error: 0 if all answers were right.",
  },
  trainingLoss: "training",
  heldOutLoss: "held out (never trained on)",
  chart: (step: number, loss: string, heldOut: string | undefined, unit: string) =>
    `Loss over training steps: after ${step} steps ${loss} ${unit} in training${heldOut === undefined ? "" : `, ${heldOut} on text that is held out`}.`,
  units: { text: "bits per character", tokens: "bits per answer", numbers: "mean squared error" },
  stepAxis: "training step",
  back: "Back to step",

  writing: "What it writes",
  writingAbout: "It goes on from the prompt by itself: each character it chooses is the next one it reads.",
  prompt: "Prompt",
  temperature: "Temperature",
  best: "Best guess each time",
  drawn: (temperature: string) => `Drawn at temperature ${temperature}`,
  again: "Draw again",
  spells: "✓ It can spell the whole text.",
  unknownCharacters: (characters: readonly string[]) =>
    `The text has no ${characters.map((character) => `“${visible(character)}”`).join(", ")}, so the network cannot read it.`,
  promptTooLong: (most: number) => `Give at most ${most} characters.`,

  expects: "What it expects next",
  expectsAbout:
    "Below each element, its best guesses for the next: the darker, the surer. A frame marks what really follows.",
  after: (read: string) => `After “${read}”`,
  really: (next: string) => `really next: “${next}”`,
  nothingAsked: "nothing is asked here",
  guesses: (read: string, guess: string, share: number) =>
    `After “${read}” it expects “${guess}” most, with ${percent(share)}.`,
  says: "it says",
  shouldSay: "should be",
  reads: "it reads",
  answers: "What it answers",
  answersAbout: "Each column is a step. Nothing is asked where the last row is empty.",

  explain: {
    tokens: (steps: string, loss: string, share: number, unit: string) =>
      `${steps} the network is surprised by ${loss} ${unit}: as if it gave the right one a probability of ${percent(share)}, which is 2 to the power of −${loss}.`,
    numbers: (steps: string, loss: string) => `${steps} its answers are off by a mean square of ${loss}.`,
    steps: (steps: number, trainedBefore: boolean) =>
      steps === 0
        ? trainedBefore
          ? "Trained beforehand,"
          : "Untrained,"
        : `After ${steps.toLocaleString("en")} ${steps === 1 ? "step" : "steps"}`,
    heldOut: (loss: string) => `On text that it never trained on, it loses ${loss}.`,
    beaten: (names: readonly string[]) => `It beats ${names.join(" and ")}.`,
    toBeat: (name: string, loss: string) => `Next to beat: ${name}, ${loss}.`,
    baselines:
      "Uniform: all characters alike. Bigram and trigram: counted from what followed the last one or two characters. Whoever beats the trigram remembers more than two characters.",
  },
  percent,
} as const;
