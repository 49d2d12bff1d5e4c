/** Boxes and arrows: a graph, laid out by Graphviz (as WebAssembly), in the colours and the type of the page around it. */
import { type Graph, instance, type Subgraph } from "@viz-js/viz";
import { type Ink, ink } from "./ink.ts";

export type { Graph, Subgraph };

/** Graphviz knows no CSS, so it is given a number for every colour, which the drawing has CSS for. */
const names = Object.keys(ink).filter((name): name is Ink => name in ink);
const codeOf = (index: number) => `#0000${(index + 1).toString(16).padStart(2, "0")}`;

/** The colours to use in a graph's attributes. */
export const paint = Object.fromEntries(names.map((name, index) => [name, codeOf(index)])) as Readonly<
  Record<Ink, string>
>; // The names of `ink`.

const defaults = {
  graphAttributes: { bgcolor: "transparent", fontname: "Helvetica", fontsize: 12, fontcolor: paint.text, pad: 0.05 },
  nodeAttributes: {
    // Its name. Graphviz forgets this default where another node has a label.
    label: String.raw`\N`,
    shape: "box",
    style: "rounded,filled",
    fontname: "Helvetica",
    fontsize: 13,
    fontcolor: paint.text,
    color: paint.faint,
    fillcolor: "transparent",
    height: 0.34,
    width: 0.4,
    margin: "0.16,0.05",
  },
  edgeAttributes: {
    fontname: "Helvetica",
    fontsize: 12,
    fontcolor: paint.faint,
    color: paint.faint,
    arrowsize: 0.6,
  },
} as const;

export async function diagram(graph: Graph): Promise<string> {
  const viz = await instance();
  const drawn = viz.renderString(
    {
      ...graph,
      graphAttributes: { ...defaults.graphAttributes, ...graph.graphAttributes },
      nodeAttributes: { ...defaults.nodeAttributes, ...graph.nodeAttributes },
      edgeAttributes: { ...defaults.edgeAttributes, ...graph.edgeAttributes },
    },
    { format: "svg" },
  );
  const svg = drawn
    .slice(drawn.indexOf("<svg"))
    .replaceAll(/<!--.*?-->\n?|<title>.*?<\/title>\n?/gs, "")
    .replaceAll(/ font-family="[^"]*"/g, ' font-family="inherit"')
    .replaceAll(/(width|height)="([\d.]+)pt"/g, '$1="$2"');
  return names.reduce((text, name, index) => text.replaceAll(codeOf(index), ink[name]), svg);
}
