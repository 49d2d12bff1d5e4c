/** The site: which pages there are, how they look, and what their Markdown may hold. Nothing is fetched from elsewhere. */
import { fileURLToPath } from "node:url";
import { createCssVariablesTheme } from "shiki";
import { defineConfig } from "vitepress";
import { picturesInPage } from "../pictures/in-page.ts";
import { CodeHovers } from "./markdown/code-hovers.ts";
import { emptyHeaders } from "./markdown/empty-headers.ts";
import { linkExports } from "./markdown/link-exports.ts";
import { liveFences } from "./markdown/live-fences.ts";
import { referenceSidebar, symbolsIn } from "./reference-sidebar.ts";
import { navigation, sidebar } from "./sidebar.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where the site will be served: `DOCS_BASE=/tapegrad/` builds it for a sub-path. */
const base = process.env.DOCS_BASE ?? "/";
const symbols = symbolsIn(root);
const hovers = new CodeHovers();

export default defineConfig({
  title: "Tapegrad",
  description: "Automatic differentiation and recurrent networks for TypeScript.",
  lang: "en",
  base,
  srcExclude: ["README.md", "generate/**", "pictures/**", "test/**", "check/**"],
  // Pages that are being written may lead to pages that are still to be written.
  ignoreDeadLinks: process.env.DOCS_DRAFT !== undefined,
  cleanUrls: false,
  metaChunk: true,
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  markdown: {
    math: true,
    // The colours are variables of style.css: a theme per scheme would read all code twice.
    theme: createCssVariablesTheme(),
    config: (markdown) => {
      markdown.use(linkExports, symbols).use(liveFences).use(picturesInPage).use(emptyHeaders);
      hovers.install(markdown, root);
    },
    codeTransformers: [hovers.transformer],
  },
  // The theme's first page has no main landmark; the theme's `markMain` keeps it where a reader goes on.
  transformHtml: (html) => html.replace('class="VPContent is-home"', '$& role="main"'),
  // The search index is one file, loaded when a reader searches.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    logo: "/icon.svg",
    nav: [...navigation(root), ...(symbols.length > 0 ? [{ text: "Reference", link: "/reference/" }] : [])],
    sidebar: { ...sidebar(root), ...referenceSidebar(symbols) },
    search: {
      provider: "local",
      options: {
        // The index needs no colours in code, and no labels in pictures.
        _render(source, env, markdown) {
          const { highlight = null } = markdown.options;
          markdown.set({ highlight: null });
          const html = markdown.render(source, env).replaceAll(/<svg.*?<\/svg>/gs, "");
          markdown.set({ highlight });
          return env.frontmatter?.search === false ? "" : html;
        },
      },
    },
    outline: { level: [2, 3] },
    externalLinkIcon: true,
  },
});
