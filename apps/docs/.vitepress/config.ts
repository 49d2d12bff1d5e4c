/** The site: which pages there are, how they look, and what their Markdown may hold. Nothing is fetched from elsewhere. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { navigation, sidebar } from "./sidebar.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where the site will be served: `DOCS_BASE=/tapegrad/` builds it for a sub-path. */
const base = process.env.DOCS_BASE ?? "/";

export default defineConfig({
  title: "Tapegrad",
  description: "Automatic differentiation and recurrent networks for TypeScript.",
  lang: "en",
  base,
  srcExclude: ["README.md", "generate/**", "test/**", "check/**"],
  cleanUrls: false,
  metaChunk: true,
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  themeConfig: {
    logo: "/icon.svg",
    nav: navigation(root),
    sidebar: sidebar(root),
    search: { provider: "local" },
    outline: { level: [2, 3] },
    externalLinkIcon: true,
  },
});
