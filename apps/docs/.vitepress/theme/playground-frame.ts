/** A lens of the playground in a page of the site: it loads when the reader comes near, and says how high it is. */
import { withBase } from "vitepress";
import { defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";

/** What the playground tells the page around it. */
const heightMessage = "tapegrad-playground-height";

export const PlaygroundFrame = defineComponent({
  name: "PlaygroundFrame",
  props: {
    /** What follows `#` in a link of the playground, such as `lens=gradients`. */
    at: { type: String, required: true },
    /** What a screen reader calls the frame. */
    title: { type: String, required: true },
  },
  setup(props) {
    const frame = ref<HTMLIFrameElement>();
    const height = ref(420);
    const listen = ({ source, data }: MessageEvent) => {
      const isOurs = source === frame.value?.contentWindow && data?.type === heightMessage;
      if (isOurs && typeof data.height === "number") height.value = data.height;
    };
    onMounted(() => addEventListener("message", listen));
    onBeforeUnmount(() => removeEventListener("message", listen));
    return () =>
      h("figure", { class: "playground-frame" }, [
        h("iframe", {
          ref: frame,
          src: `${withBase("/playground/index.html")}#embed=1&${props.at}`,
          title: props.title,
          loading: "lazy",
          height: height.value,
        }),
        h("figcaption", [
          h(
            "a",
            { href: `${withBase("/playground/index.html")}#${props.at}`, target: "_self" },
            "Open it in the playground",
          ),
        ]),
      ]);
  },
});
