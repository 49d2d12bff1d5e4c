/** The badge in the header: the result of the last gradient check, which runs when training rests. */
import { useEffect } from "preact/hooks";
import type { ActionProps } from "../shell/actions.ts";
import { checkBadge } from "../texts/check-badge.ts";
import { checkAtRest, checkOf } from "./gradients.ts";

export function CheckLabel({ run }: ActionProps) {
  useEffect(() => checkAtRest(run), [run]);
  return <>{checkBadge.said(checkOf(run))}</>;
}
