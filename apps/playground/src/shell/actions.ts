/**
 * The header's actions beside the lenses, as a table: each is a button, and the code of its popover is loaded when it is first
 * opened.
 */
import type { ComponentType } from "preact";
import { CheckLabel } from "../check/label.tsx";
import type { Run } from "../run/run.ts";
import { checkBadge } from "../texts/check-badge.ts";
import { exportTitle } from "../texts/export.ts";
import { linkTexts } from "../texts/link.ts";

export interface ActionProps {
  readonly run: Run;
}

/** What an action's module exports: what its popover shows. */
export interface ActionModule {
  readonly Panel: ComponentType<ActionProps>;
}

export interface Action {
  readonly id: string;
  readonly title: string;
  /** What the button says instead of the title, where that depends on the run: small, as it is part of the first view. */
  readonly Label?: ComponentType<ActionProps>;
  readonly load: () => Promise<ActionModule>;
}

/** In the order of the buttons, from left to right. */
export const actions: readonly Action[] = [
  { id: "check", title: checkBadge.title, Label: CheckLabel, load: () => import("../check/panel.tsx") },
  { id: "share", title: linkTexts.share, load: () => import("../link/share.tsx") },
  { id: "export", title: exportTitle, load: () => import("../export/panel.tsx") },
];
