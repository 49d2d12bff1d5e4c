/** Numbers as a chart: a Vega-Lite specification, drawn without a browser, in the colours and the type of the page around it. */
import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { ink } from "./ink.ts";

const title = { titleColor: ink.text, titleFontWeight: "normal", titleFontSize: 13 } as const;
const labels = { labelColor: ink.text, labelFontSize: 12 } as const;

const config: Config = {
  background: "transparent",
  font: "inherit",
  view: { stroke: null },
  axis: { ...title, ...labels, gridColor: ink.grid, domainColor: ink.faint, tickColor: ink.faint, titlePadding: 8 },
  header: { ...title, ...labels },
  legend: { ...title, ...labels, symbolStrokeWidth: 3, labelLimit: 0 },
  title: { color: ink.text, fontSize: 13, fontWeight: "normal" },
  text: { color: ink.text, fontSize: 12 },
  line: { strokeWidth: 2.5 },
};

/** `specification` as SVG. Scales may use the colours of `ink`, which CSS resolves; so colours cannot be mixed: use opacity. */
export async function chart(specification: TopLevelSpec): Promise<string> {
  const { spec } = compile({ ...specification, config });
  const view = new View(parse(spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    // Vega's own descriptions of parts would be read out beside the picture's text.
    return svg.replaceAll(/ (?:role|aria-\w+)="[^"]*"/g, "");
  } finally {
    view.finalize();
  }
}
