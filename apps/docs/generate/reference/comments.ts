/** Docstrings as pages show them: PyTorch's equivalent is a link, and an example runs in the page if a browser can run it. */
import { transformSync } from "esbuild";
import { type Comment, type ProjectReflection, ReflectionKind } from "typedoc";

const torch = /^`?(torch(?:\.\w+)+)(\(\))?`?/;

/** `@pytorch torch.nn.LSTM` links to PyTorch's page of that name. */
function linkPyTorch(comment: Comment): void {
  for (const { content } of comment.getTags("@pytorch")) {
    const [first] = content;
    if (first === undefined) continue;
    const name = torch.exec(first.text)?.[1];
    if (name === undefined) continue;
    const link = `[\`${name}\`](https://docs.pytorch.org/docs/stable/generated/${name}.html)`;
    content[0] = { kind: "text", text: first.text.replace(torch, () => link) };
  }
}

/** Errors' names become code spans, which the site links to their pages. */
function markErrors(comment: Comment): void {
  for (const { content } of comment.getTags("@throws"))
    content.forEach((part, i) => {
      if (part.kind === "text")
        content[i] = { ...part, text: part.text.replaceAll(/(?<!`)\b[A-Z]\w*Error\b(?!`)/g, "`$&`") };
    });
}

/** Examples in JavaScript that import nothing but the library run in the page. */
function makeExamplesLive(comment: Comment): void {
  for (const { content } of comment.getTags("@example"))
    content.forEach((part, i) => {
      const code = /^```ts\n(.*)\n```$/s.exec(part.text.trim())?.[1];
      if (code !== undefined && runsInBrowsers(code))
        content[i] = { ...part, text: part.text.replace("```ts", "```ts live") };
    });
}

export function runsInBrowsers(code: string): boolean {
  const modules = Array.from(
    code.matchAll(/\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g),
    ([, a, b]) => a ?? b ?? "",
  );
  if (modules.some((name) => !/^(tapegrad$|@tapegrad\/)/.test(name)) || modules.length === 0) return false;
  try {
    transformSync(code, { loader: "js", logLevel: "silent" });
    return true;
  } catch {
    return false;
  }
}

export function improveComments(project: ProjectReflection): void {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.All)) {
    if (reflection.comment === undefined) continue;
    linkPyTorch(reflection.comment);
    markErrors(reflection.comment);
    makeExamplesLive(reflection.comment);
  }
}
