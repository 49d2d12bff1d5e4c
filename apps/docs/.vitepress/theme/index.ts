/** VitePress's default theme on the reader's own fonts, with the site's colours and the components of its pages. */
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

export default { extends: DefaultTheme } satisfies Theme;
