/** Checks cells in a sandbox of its own, so that a run is not held up, one after another. */
import { Calls } from "../calls.ts";
import type { CellReport } from "../own-cell/check-cell.ts";
import { openSandbox } from "./sandbox.ts";
import type { SandboxApi } from "./sandbox-worker.ts";

export class CellChecker {
  #calls: Calls<SandboxApi> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #newest: symbol | undefined;

  /** Undefined when a newer check was asked for before this one began. @throws Error when the cell took too long, or may not run here. */
  check(source: string): Promise<CellReport | undefined> {
    const asked = Symbol("check");
    this.#newest = asked;
    const begin = async () => (this.#newest === asked ? this.#run(source) : undefined);
    const report = this.#last.then(begin, begin);
    this.#last = report;
    return report;
  }

  close(): void {
    this.#newest = undefined;
    this.#calls?.close();
  }

  #run(source: string): Promise<CellReport> {
    // One that ended is opened again: the next cell is not to blame.
    if (this.#calls === undefined || this.#calls.hasEnded) this.#calls = new Calls(openSandbox, () => {});
    return this.#calls.call<CellReport>((remote) => remote.checkCell(source));
  }
}
