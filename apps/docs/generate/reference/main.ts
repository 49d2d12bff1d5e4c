/**
 * Writes the reference: `reference/<package>/<kind>/<name>.md`, a page for every export, made from the docstrings, and `symbols.json`,
 * from which the sidebar and the links of code spans are made.
 */
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, Converter, DeclarationReflection, OptionDefaults, ReflectionKind } from "typedoc";
import { MarkdownPageEvent, type PluginOptions } from "typedoc-plugin-markdown";
import { adjust, forgetOrigins, removeInherited } from "./adjust.ts";
import { improveComments } from "./comments.ts";
import { referencePackages, typesCategory } from "./packages.ts";
import { packagePage, referencePage, symbolPage } from "./page.ts";
import type { SymbolEntry } from "./symbols.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const out = fileURLToPath(new URL("../../reference/", import.meta.url));

const markdown: Partial<PluginOptions> = {
  entryFileName: "index.md",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandParameters: true,
  indexFormat: "table",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  sanitizeComments: true,
};

const application = await Application.bootstrapWithPlugins({
  // The umbrella last: a symbol belongs to the first package that exports it.
  entryPoints: [...referencePackages.slice(1), ...referencePackages.slice(0, 1)].map(
    ({ folder }) => `${root}packages/${folder}/src/index.ts`,
  ),
  tsconfig: fileURLToPath(new URL("tsconfig.json", import.meta.url)),
  plugin: ["typedoc-plugin-markdown"],
  out,
  router: "member",
  readme: "none",
  logLevel: "Warn",
  skipErrorChecking: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  categorizeByGroup: false,
  categoryOrder: [
    ...referencePackages.flatMap(({ categories, rest }) => [...Object.keys(categories), rest]),
    typesCategory,
  ],
  sort: ["alphabetical"],
  blockTags: [...OptionDefaults.blockTags, "@pytorch"],
  validation: { notExported: false, invalidLink: true },
  ...markdown,
});
application.internationalization.addTranslations("en", { tag_pytorch: "In PyTorch" });

let umbrella: ReadonlySet<string> = new Set();
application.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
  umbrella = adjust(context);
});
application.converter.on(
  Converter.EVENT_RESOLVE_END,
  ({ project }) => {
    removeInherited(project);
    improveComments(project);
  },
  100,
);

const project = await application.convert();
if (project === undefined) throw new Error("TypeDoc could not read the packages");
forgetOrigins(project);
application.options.setValue("disableSources", true);

const symbols: SymbolEntry[] = [];
application.renderer.on(MarkdownPageEvent.END, (page) => {
  const { model, contents } = page;
  if (contents === undefined || !(model instanceof DeclarationReflection)) return;
  if (model.kindOf(ReflectionKind.Module)) page.contents = packagePage(contents, model.name, root);
  else {
    const entry = entryOf(model, page.url);
    symbols.push(entry);
    page.contents = symbolPage(contents, entry);
  }
});

function entryOf(model: DeclarationReflection, url: string): SymbolEntry {
  const folder = model.parent?.name;
  const category = model.parent?.isDeclaration() ? categoryIn(model.parent, model) : undefined;
  if (folder === undefined || category === undefined) throw new Error(`${model.name} is in no category of a package`);
  const kind = ReflectionKind[model.kind] ?? "";
  return {
    name: model.name,
    folder,
    category,
    kind,
    page: url.replace(/\.md$/, ""),
    umbrella: umbrella.has(model.name),
  };
}

function categoryIn(module: DeclarationReflection, symbol: DeclarationReflection): string | undefined {
  return module.categories?.find(({ children }) => children.includes(symbol))?.title;
}

rmSync(out, { recursive: true, force: true });
await application.generateOutputs(project);
if (application.logger.hasErrors()) throw new Error("TypeDoc reported errors");
writeFileSync(`${out}index.md`, referencePage(root, symbols));
writeFileSync(`${out}symbols.json`, JSON.stringify(symbols, undefined, 1));
console.log(`${symbols.length} symbols of ${referencePackages.length} packages`);
