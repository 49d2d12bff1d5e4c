/** The badge in the header: what the last check of the gradients found. */
import type { ActionProps } from "../shell/actions.ts";
import { checkBadge } from "../texts/check-badge.ts";
import { checkOf } from "./gradients.ts";

export function CheckLabel({ run }: ActionProps) {
  return <>{checkBadge.said(checkOf(run))}</>;
}
