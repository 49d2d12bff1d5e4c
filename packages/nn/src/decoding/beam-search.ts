/**
 * Beam search: keeps the most likely prefixes at every step, and returns the most likely sequences found. Unfinished and
 * finished sequences are kept apart, so that a finished one takes no prefix's place. It is written in ops, so it can be
 * compiled.
 */
import { scan } from "@tapegrad/autodiff";
import { defaultDType, type Tensor } from "@tapegrad/core";
import { checkCount, checkNumber, checkRange, optionsOf } from "@tapegrad/core/internal";
import {
  add,
  arange,
  argmax,
  argsort,
  broadcastTo,
  cast,
  concat,
  div,
  equal,
  expandDims,
  floor,
  full,
  gather,
  logSoftmax,
  mul,
  pow,
  reshape,
  slice,
  sub,
  take,
  topK,
  where,
} from "@tapegrad/ops";
import { type BatchAxes, batchAxes, rowsAlong } from "./batch-axes.ts";
import { checkedInitial, checkedStep, checkToken, checkTokens, type Decoder } from "./step.ts";

/** Options of `beamSearch`. */
export interface BeamSearchOptions {
  /** How many prefixes are kept, and sequences found. With 1 the search is greedy: it takes the most likely token at every step. */
  readonly beams: number;
  /** The token that ends a sequence. */
  readonly end: number;
  /** The most tokens that a sequence has, the end included. */
  readonly maxLength: number;
  /** Scores are log-probabilities divided by lengthᵅ: 0 by default; 1 is the mean per token. */
  readonly alpha?: number | undefined;
  /**
   * The axis of the state's tensors that counts the batch: 0 by default, 1 for the states of LSTM, GRU and RNN layers. One for
   * all, or a tree of them with one for each tensor, or part, of the state: `{ h: 1, memory: 0 }`.
   */
  readonly batchAxis?: BatchAxes | undefined;
}

const beamSearchOptions = { beams: true, end: true, maxLength: true, alpha: checkNumber, batchAxis: true } as const;

/** Sequences, a place for each beam, the best first. */
interface Beams {
  /** int32 [batch, beams, maxLength], without the first token, filled up with `end`. */
  readonly tokens: Tensor;
  /** [batch, beams], −∞ in places that no sequence takes. */
  readonly scores: Tensor;
}

/** Those that reach `maxLength` without an end come after all that have one. */
export interface BeamSearchResult extends Beams {
  /** int32 [batch, beams], the end included; 0 in places that no sequence takes. */
  readonly lengths: Tensor;
}

interface Carry<State> {
  /** The last token of each prefix, int32 [batch·beams]. */
  readonly last: Tensor;
  readonly state: State;
  /** Prefixes that go on; their scores are log-probabilities. */
  readonly live: Beams;
  readonly ended: BeamSearchResult;
}

/**
 * Searches on from the tokens `first`, int32 [batch], and the state `given`. `decoder`, a step or a module whose `forward` is
 * one, sees batch·beams rows at once, so whatever belongs to one batch
 * entry, such as an encoder's outputs, has to be part of the state. With as many beams as there are prefixes the search is
 * exhaustive. It always takes `maxLength` steps.
 * @throws DTypeError, ShapeError when start, state or logits do not fit, TapegradError for options out of range.
 * @example
 * import { beamSearch, oneHot, type Tensor, tensor } from "tapegrad";
 * const favourite = (tokens: Tensor, state: Record<string, never>) => ({
 *   logits: oneHot(tokens.add(1), 4).mul(5), // after each token the next one
 *   state,
 * });
 * const first = tensor([0], { dtype: "int32" });
 * const { tokens } = beamSearch(favourite, {}, first, { beams: 2, end: 3, maxLength: 4 });
 * console.log(tokens.shape, tokens.slice([0, 0], [1, 1])); // [batch, beams, time], the best first
 * // → [ 1, 2, 4 ] Tensor(int32 [1,1,4]) [[[1, 2, 3, 3]]]
 */
export function beamSearch<State>(
  decoder: Decoder<State>,
  given: State,
  first: Tensor,
  options: BeamSearchOptions,
): BeamSearchResult {
  const op = "beamSearch";
  const { beams, end, maxLength, alpha = 0, batchAxis = 0 } = optionsOf(op, options, beamSearchOptions);
  const step = checkedStep(op, decoder);
  const start = checkTokens(op, "first tokens", first, ["batch"]);
  checkCount(op, "maxLength", maxLength, 1);
  checkCount(op, "number of beams", beams, 1);
  checkRange(op, "exponent", alpha, (exponent) => exponent >= 0 && exponent < Infinity, "a number from 0");
  checkToken(op, "end", end);
  const [batch = 0] = start.shape;
  const initial = checkedInitial(op, given);
  const axes = batchAxes(op, initial, batchAxis, batch);

  const whole = { dtype: "int32", like: start } as const;
  const positions = arange(0, maxLength, 1, whole);
  const firstRows = mul(arange(0, batch, 1, whole), beams);
  const noScores = full([batch, beams], -Infinity, { dtype: defaultDType(), like: start });
  const noTokens = full([batch, beams, maxLength], end, whole);
  const carry: Carry<State> = {
    last: take(start, quotient(arange(0, batch * beams, 1, whole), beams)),
    state: rowsAlong(initial, quotient(arange(0, batch * beams, 1, whole), beams), axes),
    // All beams begin alike; one of them must count.
    live: { tokens: noTokens, scores: where(equal(arange(0, beams, 1, whole), 0), 0, noScores) },
    ended: { tokens: noTokens, scores: noScores, lengths: full([batch, beams], 0, whole) },
  };

  const advance = ({ last, state, live, ended }: Carry<State>, position: Tensor): [Carry<State>, null] => {
    const next = step(last, state);
    const vocabulary = next.logits.shape[1] ?? 0;
    checkToken(op, "end", end, vocabulary);
    const logProbabilities = reshape(logSoftmax(next.logits), [batch, beams, vocabulary]);
    const totals = add(expandDims(live.scores, { axis: -1 }), cast(logProbabilities, live.scores.dtype));
    const isEnd = equal(arange(0, vocabulary, 1, whole), end);

    const length = add(position, 1);
    const ending = reshape(slice(totals, [0, 0, end], [batch, beams, end + 1]), [batch, beams]);
    // A single prefix either ends or goes on, as its most likely token says.
    const ends = beams === 1 ? equal(argmax(totals, { axis: -1 }), end) : undefined;
    const stopped = {
      tokens: live.tokens,
      scores: normalized(ends === undefined ? ending : where(ends, ending, -Infinity), length, alpha),
      lengths: broadcastTo(length, [batch, beams]),
    };

    const going = topK(reshape(where(isEnd, -Infinity, totals), [batch, beams * vocabulary]), beams);
    const parents = quotient(going.indices, vocabulary);
    const tokens = sub(going.indices, mul(parents, vocabulary));
    const prefixes = choose(live.tokens, parents);
    const rows = reshape(add(parents, expandDims(firstRows, { axis: 1 })), [batch * beams]);
    const after = {
      last: reshape(tokens, [batch * beams]),
      state: rowsAlong(next.state, rows, axes),
      live: {
        tokens: where(equal(positions, position), expandDims(tokens, { axis: -1 }), prefixes),
        scores: ends === undefined ? going.values : where(ends, -Infinity, going.values),
      },
      ended: bestOf(ended, stopped, (scores) => topK(scores, beams).indices),
    };
    return [after, null];
  };
  const [{ live, ended }] = scan(advance, carry, positions);
  const cut = {
    tokens: live.tokens,
    scores: normalized(live.scores, maxLength, alpha),
    lengths: full([batch, beams], maxLength, whole),
  };
  // Places of those that ended first, then those cut off, then nothing; within each the order is that of the scores already.
  const kinds = concat([full([beams], 0, whole), full([beams], 1, whole)]);
  const ranks = (scores: Tensor) => argsort(where(equal(scores, -Infinity), 2, kinds));
  const found = bestOf(ended, cut, (scores) => slice(ranks(scores), [0, 0], [batch, beams]));
  return { ...found, lengths: where(equal(found.scores, -Infinity), 0, found.lengths) };
}

/** Of both, those at the places that `choice` picks by their scores, [batch, 2·beams]. */
function bestOf(a: BeamSearchResult, b: BeamSearchResult, choice: (scores: Tensor) => Tensor): BeamSearchResult {
  const scores = concat([a.scores, b.scores], { axis: 1 });
  const places = choice(scores);
  return {
    tokens: choose(concat([a.tokens, b.tokens], { axis: 1 }), places),
    scores: gather(scores, places),
    lengths: gather(concat([a.lengths, b.lengths], { axis: 1 }), places),
  };
}

/** Of tokens [batch, n, maxLength], the sequences at `places` [batch, beams]. */
function choose(tokens: Tensor, places: Tensor): Tensor {
  return gather(tokens, expandDims(places, { axis: -1 }), { axis: 1 });
}

/** log p / lengthᵅ. */
function normalized(logProbabilities: Tensor, length: Tensor | number, alpha: number): Tensor {
  if (alpha === 0) return logProbabilities;
  const count = typeof length === "number" ? length : cast(length, logProbabilities.dtype);
  return div(logProbabilities, pow(count, alpha));
}

/** ⌊a / b⌋ of integers from 0, exact below 2²⁴. */
function quotient(a: Tensor, b: number): Tensor {
  return cast(floor(div(a, b)), "int32");
}
