/** Finds the first NaN or infinity of the next step: the step is computed op by op, and every result is checked. */
import { AnomalyError, detectAnomaly, type Tensor } from "tapegrad";
import type { Session } from "../../engine/session.ts";

export type Anomaly =
  | { readonly kind: "none" }
  /** The weights are what is no number: an earlier step made them so. */
  | { readonly kind: "weights"; readonly names: readonly string[] }
  /** The op, what it made, and its operands, all of which were finite. */
  | { readonly kind: "op"; readonly op: string; readonly made: string; readonly operands: readonly Operand[] };

export interface Operand {
  /** "[16, 64]". */
  readonly shape: string;
  /** The matrices of this shape, one of which it may be, with their largest magnitudes. */
  readonly matrices: readonly { readonly name: string; readonly largest: number }[];
}

export function anomaly(session: Session, _: Readonly<Record<string, never>>): Anomaly {
  const matrices = Array.from(session.model.namedParameters(), ([name, { shape, value }]) => {
    return { name, shape: shape.join(), largest: largestOf(value) };
  });
  const names = matrices.filter(({ largest }) => !Number.isFinite(largest)).map(({ name }) => name);
  if (names.length > 0) return { kind: "weights", names };
  try {
    detectAnomaly(() => session.lookAhead());
  } catch (error) {
    if (!(error instanceof AnomalyError)) throw error;
    const { op, made, shapes } = partsOf(error.message);
    const operands = shapes.map((shape) => ({
      shape: `[${shape}]`,
      matrices: matrices
        .filter((matrix) => matrix.shape === shape.replaceAll(" ", ""))
        .map(({ name, largest }) => ({ name, largest })),
    }));
    return { kind: "op", op, made, operands };
  }
  return { kind: "none" };
}

/** Of "matmul: made Infinity: from [1, 16], [16, 4]; called at …": the place means nothing in a bundle. */
function partsOf(message: string): { op: string; made: string; shapes: string[] } {
  const { op, made, operands } =
    /^(?<op>[^:]+): made (?<made>[^:]+): from (?<operands>[^;]*)/.exec(message)?.groups ?? {};
  if (op === undefined || made === undefined || operands === undefined)
    throw new Error(`internal: an anomaly of another form: ${message}`);
  return { op, made, shapes: Array.from(operands.matchAll(/\[([^\]]*)\]/g), ([, shape = ""]) => shape) };
}

/** NaN where any element is. */
function largestOf(value: Tensor): number {
  let largest = 0;
  for (const element of value.dataSync()) largest = Math.max(largest, Math.abs(Number(element)));
  return largest;
}
