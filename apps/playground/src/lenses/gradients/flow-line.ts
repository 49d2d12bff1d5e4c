/** The lines of the picture of a gradient back through time, as numbers: how window and clip change each. */
import type { Flow } from "./answer-flow.ts";

export type LineColor = "rnn" | "lstm" | "gru" | "own";

export interface FlowLine {
  readonly key: string;
  readonly name: string;
  readonly color: LineColor;
  /** The cell state of an LSTM is dashed. */
  readonly dashed: boolean;
  /** ‖∂loss/∂state‖ after each shown step, whatever the walls. */
  readonly norms: readonly number[];
  /** What clipping multiplies the gradient by. */
  readonly scale: number;
}

/** The factor of `clipByGlobalNorm`; a clip of 0 is none. */
export function clipScale(norm: number, clip: number): number {
  return clip > 0 && norm > clip ? clip / norm : 1;
}

/** h, and c where there is one, of `layer`. */
export function linesOf(flow: Flow, layer: number, cell: string, color: LineColor, clip: number): readonly FlowLine[] {
  const norms = flow.layers[Math.min(layer, flow.layers.length - 1)];
  if (norms === undefined) return [];
  const scale = clipScale(flow.parameterNorm, clip);
  const line = (name: string, values: readonly number[], dashed: boolean): FlowLine => ({
    key: `${cell} ${name}`,
    name: norms.c === undefined ? cell : `${cell}, ${name}`,
    color,
    dashed,
    norms: values.slice(1),
    scale,
  });
  return [line("h", norms.h, false), ...(norms.c === undefined ? [] : [line("c", norms.c, true)])];
}

/** Clips that the wall stops at: ten to a decade, from 0.001 to 100; the last is none. */
export const clipStops = { min: -30, max: 21 } as const;

export function clipAt(stop: number): number {
  return stop >= clipStops.max ? 0 : Number((10 ** (stop / 10)).toPrecision(2));
}

export function stopOf(clip: number): number {
  if (clip === 0) return clipStops.max;
  return Math.min(clipStops.max - 1, Math.max(clipStops.min, Math.round(10 * Math.log10(clip))));
}
