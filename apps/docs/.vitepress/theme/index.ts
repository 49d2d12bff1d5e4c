/** VitePress's default theme on the reader's own fonts, with the site's colours and the components of its pages. */
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { h, nextTick } from "vue";
import { HeroPicture } from "./hero-picture.ts";
import { showTypesOnHover } from "./hover-types.ts";
import { LiveExample } from "./live/live-example.ts";
import { markMain } from "./main-landmark.ts";
import { NotFound } from "./not-found.ts";
import { PlaygroundFrame } from "./playground-frame.ts";
import "../../pictures/pictures.css";
import "./style.css";
import "./code.css";
import "./equivalents.css";

export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, { "home-hero-image": () => h(HeroPicture), "not-found": () => h(NotFound) }),
  enhanceApp({ app, router }) {
    app.component("LiveExample", LiveExample);
    app.component("PlaygroundFrame", PlaygroundFrame);
    if (import.meta.env.SSR) return;
    showTypesOnHover();
    router.onAfterRouteChange = () => void nextTick(markMain);
  },
} satisfies Theme;
