/**
 * A long text cut for truncated backpropagation through time: `batch` contiguous streams side by side, read in windows, so
 * that row r of one window continues row r of the window before and the hidden state can be carried over.
 */
import { type HostArray, ShapeError } from "@tapegrad/core";
import { checkCount, optionsOf } from "@tapegrad/core/internal";
import { tokensOf } from "./inputs.ts";

/** Options of `new TokenStreams`. */
export interface TokenStreamsOptions {
  /** Streams side by side. */
  readonly batch: number;
  /** Time steps per window: how far the gradient reaches back. */
  readonly window: number;
}

/** One window of all streams: what is read, and what follows each token. */
export interface TokenWindow {
  /** [batch, window], row-major. */
  readonly inputs: Int32Array;
  /** The tokens that follow `inputs`, [batch, window]. */
  readonly targets: Int32Array;
  /** Whether the streams begin here, so that no state is carried in. */
  readonly first: boolean;
}

/**
 * Cuts a long text of n tokens for truncated BPTT: `batch` contiguous streams side by side, which are read window by window. A
 * window has `inputs` and `targets` of [batch, window], the targets one token later. Row i of a window continues row i of the
 * window before, so that the hidden state can be carried over.
 * @throws ShapeError when the text is too short for the streams.
 * @example
 * import { TokenStreams } from "tapegrad";
 * const streams = new TokenStreams(Int32Array.from({ length: 20 }, (_, i) => i), { batch: 2, window: 3 });
 * console.log(streams); // → TokenStreams { batch: 2, window: 3, windowsPerEpoch: 3 }
 */
export class TokenStreams {
  /** Streams side by side. */
  readonly batch: number;
  /** Steps of a window. */
  readonly window: number;
  /** Windows in one pass over the text; what does not fill a window at the streams' ends is left out. */
  readonly windowsPerEpoch: number;
  readonly #tokens: Int32Array;
  readonly #streamLength: number;

  /** @throws ShapeError when the text does not fill one window of every stream. */
  constructor(tokens: HostArray, options: TokenStreamsOptions) {
    const { batch, window } = optionsOf("TokenStreams", options, { batch: true, window: true });
    this.batch = checkCount("TokenStreams", "batch", batch, 1);
    this.window = checkCount("TokenStreams", "window", window, 1);
    this.#tokens = tokensOf("TokenStreams", "text", tokens);
    // Every input needs the token after it.
    this.#streamLength = Math.floor((tokens.length - 1) / batch);
    this.windowsPerEpoch = Math.floor(this.#streamLength / window);
    if (this.windowsPerEpoch < 1) {
      const needed = batch * window + 1;
      throw new ShapeError(
        "TokenStreams",
        `the text is too short: ${tokens.length} tokens (${tokens.length} < ${needed})`,
        `give it ${needed}, or use a smaller batch or window`,
      );
    }
  }

  /** Window number `step` ≥ 0 of an endless repetition of the text: any position can be resumed from its number alone. */
  at(step: number): TokenWindow {
    const index = checkCount("TokenStreams", "step", step) % this.windowsPerEpoch;
    const read = (shift: number) => {
      const block = new Int32Array(this.batch * this.window);
      for (let row = 0; row < this.batch; row++) {
        const start = row * this.#streamLength + index * this.window + shift;
        block.set(this.#tokens.subarray(start, start + this.window), row * this.window);
      }
      return block;
    };
    return { inputs: read(0), targets: read(1), first: index === 0 };
  }
}
