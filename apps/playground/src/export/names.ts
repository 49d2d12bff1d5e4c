/** PyTorch's names for the Parameters of a run's model, as one of its modules would have them. */
import type { RunSettings } from "../engine/settings.ts";

/** The property that holds the recurrent layers; an own cell's Parameters keep the names that they have here. */
export function stackName({ cell }: RunSettings): string | undefined {
  return cell === "own" ? undefined : cell === "GRU, reset before" ? "gru" : cell.toLowerCase();
}

/** `layers.0.cell.weight_ih` → `lstm.weight_ih_l0` */
export function pytorchName(name: string, settings: RunSettings): string {
  const stack = stackName(settings);
  const [, layer, parameter] = /^layers\.(\d+)\.cell\.(.*)$/.exec(name) ?? [];
  return stack === undefined || layer === undefined ? name : `${stack}.${parameter}_l${layer}`;
}
