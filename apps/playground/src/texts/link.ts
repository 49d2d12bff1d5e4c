/** The texts about links: opening them, sharing them, hiding parts. */
import type { Hideable } from "../link/hidden.ts";

export const linkTexts = {
  unreadable: (names: readonly string[]) =>
    `Some of this link could not be read (${names.join(", ")}), so the usual values stand there instead.`,
  refused: (problem: string) =>
    `The run of this link could not be made, so here is the usual one. The engine says: ${problem}`,
  training: (step: number, to: number) =>
    `This link shows the network after ${to.toLocaleString("en")} steps: training there, step ${step.toLocaleString("en")} so far.`,
  progress: "Training to the step of the link",
  stop: "Stop here",
  dismiss: "Dismiss",

  share: "Share",
  whatIsShared:
    "The link holds all that is needed to see the same again: lens, task, cell, sizes, seed, cursor and step. Who opens it trains the same network, on their own machine.",
  link: "Link",
  copyLink: "Copy link",
  embed: "Embed code",
  copyEmbed: "Copy embed code",
  aboutEmbed:
    'A frame shows the lens and play, pause, step. It tells the page around it how high it is, by the message { type: "tapegrad-playground-height", height }; the script in the code sets the frame\'s height from it.',
  copied: "Copied.",
  notCopied: "This browser does not let the page copy: the text is selected, copy it by hand.",
  hide: "Hide, for a class",
  hideable: {
    lenses: "the other lenses",
    run: "the run's settings",
    explanation: "explanations",
    time: "the strip of time",
    actions: "share, export and check",
  } satisfies Record<Hideable, string>,
  long: (thousands: number) =>
    `The link is ${thousands} thousand characters long, as it holds the data: some programs cut such links. Shorter data make a shorter link.`,
  weights: "A link holds no weights: whoever opens it needs the file that the model was opened from.",
  tooLong:
    "The data of this run are too long for a link. This browser keeps the run; for others, export it, or share a run of a shorter text.",
  notKept: "This browser keeps nothing for the page (a private window?): a link is the way to come back.",
} as const;
