/**
 * The engine's side of a sandbox: the same engine, with the visitor's own cells. The page bundles it into one text, because
 * nothing can be loaded inside.
 */
import { expose } from "comlink";
import { permitOwnCells } from "../cells.ts";
import { type CellReport, checkCell } from "../own-cell/check-cell.ts";
import { ownCells } from "../own-cell/evaluate-cell.ts";
import type { EngineApi } from "../protocol.ts";
import { engine } from "../worker.ts";

export interface SandboxApi extends EngineApi {
  checkCell(source: string): CellReport;
}

permitOwnCells(ownCells);

addEventListener(
  "message",
  ({ ports: [calls, pulse] }) => {
    if (calls === undefined || pulse === undefined) throw new Error("internal: the sandbox was given no ports");
    // While the cell computes, nothing is sent back: so the page knows how long it has been doing so.
    pulse.onmessage = ({ data }) => pulse.postMessage(data);
    pulse.postMessage("ready");
    expose({ ...engine, checkCell } satisfies SandboxApi, calls);
  },
  { once: true },
);
