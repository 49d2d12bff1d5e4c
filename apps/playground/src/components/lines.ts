/** The data of a chart of lines. */

export interface Line {
  readonly label: string;
  readonly color: `--${string}`;
  readonly axis: "left" | "right";
  readonly dashed?: boolean;
  /** Whether the label stands at the line's right end, instead of in the legend. */
  readonly labelled?: boolean;
}

/** A value that is null is not known; the line goes on to the next that is. */
export type Values = readonly (number | null)[];

export interface LineChartProps {
  /** What a screen reader says in place of the picture. */
  readonly description: string;
  readonly xLabel: string;
  readonly leftLabel: string;
  readonly rightLabel?: string;
  readonly lines: readonly Line[];
  /** The x values, then those of each line. */
  readonly data: readonly [readonly number[], ...Values[]];
  /** An x value to mark. */
  readonly mark?: number | undefined;
}

/** The x axis ends here at the least. */
export const shortestAxis = 10;
