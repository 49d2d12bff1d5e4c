/** The picture of the first page: a network unrolled in time, and the way of its gradients, drawn by `pictures/`. */
import { h } from "vue";
import unrolled from "../../public/pictures/bptt.svg?raw";

const text =
  "A recurrent network of four time steps. Solid arrows run forward from step to step. Dashed orange arrows run back from each step's loss: the gradient.";

export function HeroPicture() {
  return h("div", { class: "hero-picture picture", role: "img", "aria-label": text, innerHTML: unrolled });
}
