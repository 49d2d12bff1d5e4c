/** What a reader sees at an address that has no page. */
import { withBase } from "vitepress";
import { defineComponent, h } from "vue";

export const NotFound = defineComponent({
  name: "NotFound",
  setup: () => () =>
    h("main", { class: "not-found" }, [
      h("h1", "There is no such page"),
      h("p", [
        "It may have moved. Search for it above, or go to ",
        h("a", { href: withBase("/start/") }, "Start"),
        " or to ",
        h("a", { href: withBase("/reference/") }, "the reference"),
        ".",
      ]),
    ]),
});
