/** The interface of a lens: a picture of the run in the middle, and its explanation on the right. */
import type { ComponentType } from "preact";
import type { Table } from "../export/table.ts";
import type { Run } from "../run/run.ts";

export interface LensProps {
  readonly run: Run;
}

/** What a lens's module exports. */
export interface LensModule {
  /** The picture. It may be on the page several times at once, with different runs. */
  readonly Lens: ComponentType<LensProps>;
  /** A sentence made of the live numbers, then the formula, then the line of code. */
  readonly Explanation: ComponentType<LensProps>;
  /** The numbers of the picture, for export; without it, what the tables on the page show. */
  readonly table?: (run: Run) => Table | Promise<Table>;
}

export interface LensEntry {
  /** As in links: `#lens=train`. */
  readonly id: string;
  readonly title: string;
  /** The question that it answers, for the menu's tooltip and the heading. */
  readonly question: string;
  readonly load: () => Promise<LensModule>;
}
