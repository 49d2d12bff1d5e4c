/** Speed-up over the number of processes, computed by the model of the page from what `pnpm bench:parallel` measured. */
import { readFileSync } from "node:fs";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

/** As the benchmark writes it: seconds, and seconds per byte. */
interface Measured {
  readonly latency: number;
  readonly perByte: number;
  readonly addition: number;
  readonly rows: readonly {
    readonly task: string;
    readonly batch: number;
    readonly way: string;
    readonly ranks: number;
    readonly step: { readonly processor: number; readonly bytes: number };
  }[];
}

/** Assumed: 10 Gbit/s. */
const network = { latency: 50e-6, perByte: 8 / 10e9 };

export const processes: Picture = {
  name: "processes",
  draw: () => {
    const file = new URL("../../../../docs/parallel.json", import.meta.url);
    const { latency, perByte, addition, rows }: Measured = JSON.parse(readFileSync(file, "utf8"));
    const step = (way: string) => {
      const found = rows.find((row) => row.task === "lstm L" && row.batch === 64 && row.way === way);
      if (found === undefined) throw new Error(`docs/parallel.json has no lstm L, ${way}`);
      return found.step;
    };
    const [seconds, { bytes }] = [step("alone").processor / 1000, step("fast")];
    const rounds = (n: number) => Math.log2(n);
    const speedUp = (n: number, way: Pick<Measured, "latency" | "perByte">) =>
      (n * seconds) / (seconds + rounds(n) * (way.latency + bytes * (way.perByte + addition)));
    const values = [1, 2, 4, 8, 16, 32, 64, 128, 256].flatMap((n) => [
      { n, kind: "ideal", speedUp: n },
      { n, kind: "one machine's memory", speedUp: speedUp(n, { latency, perByte }) },
      { n, kind: "10 Gbit/s", speedUp: speedUp(n, network) },
    ]);
    const domain = ["ideal", "one machine's memory", "10 Gbit/s"];
    return chart({
      width: 440,
      height: 260,
      data: { values },
      mark: { type: "line", point: { filled: true, size: 45 } },
      encoding: {
        x: { field: "n", type: "quantitative", title: "processes, 64 rows each", scale: { type: "log", base: 2 } },
        y: { field: "speedUp", type: "quantitative", title: "speed-up (simulated)", scale: { type: "log", base: 2 } },
        color: {
          field: "kind",
          type: "nominal",
          title: null,
          sort: domain,
          scale: { domain, range: [ink.faint, ink.blue, ink.orange] },
        },
      },
    });
  },
};
