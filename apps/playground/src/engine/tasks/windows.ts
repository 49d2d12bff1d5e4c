/** Cuts a text for training: short texts are used whole, long ones in windows with the state carried over. */
import { TokenStreams, type TokenWindow } from "tapegrad";

/** Texts with up to this many predictions are one sequence. */
const longestWhole = 64;
/** Time steps of a window, and streams side by side, of longer ones. */
const windowRange = { from: 16, to: 32 };
const mostStreams = 8;
/** A cut that reads this share of what the best one reads is as good, and the larger the step the better. */
const goodEnough = 0.97;

/** The windows that a text is read in, endlessly; `TokenStreams` is one. */
export interface Windows {
  readonly batch: number;
  readonly window: number;
  at(step: number): TokenWindow;
}

/**
 * A text of up to `longestWhole` always begins anew, so that the gradient reaches back through all of it. `window` 0 lets the
 * text choose; a longer one than the text has is the whole text.
 */
export function windowsOf(tokens: Int32Array, window: number): Windows {
  const predictions = tokens.length - 1;
  const chosen = Math.min(window, predictions);
  if (predictions <= longestWhole) return new TokenStreams(tokens, { batch: 1, window: chosen || predictions });
  return new TokenStreams(tokens, cutOf(predictions, chosen === 0 ? windowRange : { from: chosen, to: chosen }));
}

/**
 * The cut of a text. Streams are equally long and windows full, so the ends of the streams go unread: for a text of a few
 * windows that can be half of it, unless batch and window are chosen to fit.
 */
function cutOf(predictions: number, range: typeof windowRange): { batch: number; window: number } {
  const cuts: { batch: number; window: number; read: number }[] = [];
  for (let batch = 1; batch <= mostStreams; batch++) {
    for (let window = range.from; window <= range.to; window++) {
      const read = batch * window * Math.floor(Math.floor(predictions / batch) / window);
      cuts.push({ batch, window, read });
    }
  }
  const most = Math.max(...cuts.map(({ read }) => read));
  const good = cuts.filter(({ read }) => read >= goodEnough * most);
  const { batch, window } = good.reduce((best, cut) =>
    cut.batch * cut.window > best.batch * best.window ? cut : best,
  );
  return { batch, window };
}
