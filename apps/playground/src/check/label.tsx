/** The badge in the header: what the last check of the gradients found, which happens when the run rests. */
import { useEffect } from "preact/hooks";
import type { ActionProps } from "../shell/actions.ts";
import { checkBadge } from "../texts/check-badge.ts";
import { checkAtRest, checkOf } from "./gradients.ts";

export function CheckLabel({ run }: ActionProps) {
  useEffect(() => checkAtRest(run), [run]);
  return <>{checkBadge.said(checkOf(run))}</>;
}
