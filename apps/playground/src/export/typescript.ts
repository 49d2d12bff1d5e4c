/** A run as a TypeScript program on the packages: the same task, seed and settings, and so the same losses. */
import { scriptOf } from "../engine/own-cell/script.ts";
import { ownSource } from "../engine/own-cell/templates.ts";
import type { CellName } from "../engine/settings.ts";
import { stackName } from "./names.ts";
import {
  besideName,
  hasText,
  isSeeded,
  modelInWords,
  programSteps,
  type Recipe,
  sizesOf,
  taskInWords,
  unitOf,
} from "./recipe.ts";

const cells: Readonly<Record<Exclude<CellName, "own">, { readonly name: string; readonly options: string }>> = {
  RNN: { name: "RNNCell", options: "generator" },
  LSTM: { name: "LSTMCell", options: "generator" },
  GRU: { name: "GRUCell", options: "generator" },
  "GRU, reset before": { name: "GRUCell", options: "generator, resetAfter: false" },
};

export function typescriptProgram(recipe: Recipe): string {
  const parts = [data(recipe), model(recipe), stored(recipe), step(recipe), loop(recipe)];
  const body = parts.filter((part) => part !== "").join("\n");
  return `${head(recipe, body)}\n${body}`;
}

/** Names of "tapegrad" in the order of the alphabet, with `type` where only a type is meant. */
function head(recipe: Recipe, body: string): string {
  const { settings, start } = recipe;
  const words = new Set(body.match(/[\w$]+/g));
  const values = [...libraryNames, ...start.names].filter((name) => words.has(name));
  const types = ["HiddenState", "LSTMState", "Tensor"].filter((name) => words.has(name)).map((name) => `type ${name}`);
  const plain = (name: string) => name.replace("type ", "").toLowerCase();
  const names = [...new Set([...values, ...types.filter((name) => !values.includes(name.slice(5)))])];
  const sorted = names.toSorted((a, b) => (plain(a) < plain(b) ? -1 : 1));
  const beside = needsFile(recipe) ? `; ${besideName} lies beside it` : "";
  return `/**
 * ${taskInWords(settings.task)}: ${modelInWords(settings)}. Written by the Tapegrad playground: the same weights,
 * data and steps, and so the same losses. npm install tapegrad, then: node run.ts (Node 24)${beside}.
 */
${needsFile(recipe) ? 'import { readFileSync } from "node:fs";\n' : ""}import {
${wrapped(sorted)}
} from "tapegrad";
`;
}

/** Names in lines of a readable length. */
function wrapped(names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + name.length > 100) lines.push(`  ${name},`);
    else lines[lines.length - 1] = `${last} ${name},`;
  }
  return lines.join("\n");
}

/** What a program may use beside the names in an own cell. */
const libraryNames = [
  "Adam",
  "clipByGlobalNorm",
  "compile",
  "crossEntropy",
  "decodeTensors",
  "Embedding",
  "Generator",
  "GRUCell",
  "Linear",
  "LSTMCell",
  "mseLoss",
  "oneHot",
  "Recurrent",
  "RNNCell",
  "square",
  "sub",
  "Tape",
  "tensor",
  "TokenStreams",
  "Vocabulary",
];

export function needsFile(recipe: Pick<Recipe, "settings">): boolean {
  return !(hasText(recipe) && isSeeded(recipe));
}

function data(recipe: Recipe): string {
  const { settings, summary } = recipe;
  const { batch, window, heldOutFrom } = summary;
  const sizes = `const [batch, window] = [${batch}, ${window}]; // sequences side by side, steps that the gradient flows back through`;
  const file = needsFile(recipe) ? `const file = decodeTensors(readFileSync("${besideName}"));\n` : "";
  if (settings.task.kind !== "text")
    return `${file}// The batches of the first steps, [step, batch, time, …].
const { inputs: allInputs, targets: allTargets } = file as Record<string, Tensor>;

function batchAt(step: number) {
  const at = step % allInputs.shape[0];
  const [inputs, targets] = [allInputs, allTargets].map((all) => all.slice([at], [at + 1]).squeeze({ axis: 0 }));
  return { inputs, targets, isFirst: true };
}
const batch = ${batch};
`;
  const { text, vocabulary } = settings.task;
  const known = vocabulary === undefined ? "Vocabulary.of(text)" : `new Vocabulary(${JSON.stringify(vocabulary)})`;
  const read = heldOutFrom === undefined ? "" : `.subarray(0, ${heldOutFrom}); // the rest is held out`;
  return `${file}const text = ${JSON.stringify(text)};
const vocabulary = ${known};
const tokens = vocabulary.encode(text)${read || ";"}
${sizes}
const streams = new TokenStreams(tokens, { batch, window });

function batchAt(step: number) {
  const { inputs, targets, first } = streams.at(step);
  const shape = [batch, window];
  return { inputs: tensor(inputs, { shape }), targets: tensor(targets, { shape }), isFirst: first };
}
`;
}

function model(recipe: Recipe): string {
  const { settings } = recipe;
  const { inputs, outputs, hidden, embedding, first } = sizesOf(recipe);
  const make = (input: number) => {
    if (settings.cell === "own") return `new Recurrent(makeCell(${input}, ${hidden}, generator))`;
    const { name, options } = cells[settings.cell];
    return `new Recurrent(new ${name}(${input}, ${hidden}, { ${options} }))`;
  };
  const layers = Array.from({ length: settings.layers }, (_, layer) => make(layer === 0 ? first : hidden));
  const list = layers.length === 1 ? `[${layers[0]}]` : `[\n  ${layers.join(",\n  ")},\n]`;
  const isEmbedded = embedding > 0;
  const readsTokens = recipe.summary.input.kind === "tokens";
  const encoded = isEmbedded ? "embedding.forward(inputs)" : readsTokens ? `oneHot(inputs, ${inputs})` : "inputs";
  return `${ownCell(recipe)}// Everything is drawn from one generator, in this order.
const generator = new Generator(${settings.seed});
${isEmbedded ? `const embedding = new Embedding(${inputs}, ${embedding}, { generator });\n` : ""}const layers = ${list};
const head = new Linear(${hidden}, ${outputs}, { generator });
const parameters = [${isEmbedded ? "embedding, " : ""}...layers, head].flatMap((module) => module.parameters());
const optimizer = new Adam(parameters, { learningRate: ${settings.learningRate} });

type State = ${settings.cell === "LSTM" ? "LSTMState" : settings.cell === "own" ? "any" : "HiddenState"};
const initialStates = (): readonly State[] => layers.map(({ cell }) => cell.initialState(batch));

function forward(inputs: Tensor, before: readonly State[]) {
  let features = ${encoded};
  const states: State[] = [];
  for (const [index, layer] of layers.entries()) {
    const { output, state } = layer.forward(features, { state: before[index] });
    features = output;
    states.push(state);
  }
  return { outputs: head.forward(features), states };
}
`;
}

function ownCell({ settings }: Recipe): string {
  if (settings.cell !== "own") return "";
  const { code, result } = scriptOf(ownSource(settings));
  const declared = result.startsWith("$cell") ? "  let $cell: any;\n" : "";
  const isImported = code.includes("$tapegrad");
  const script = isImported ? code.replaceAll(/^const \{[^}]*\} = \$tapegrad;?\n?/gm, "") : code;
  return `// The cell, as it was written in the page.
function makeCell(input: number, hidden: number, generator: Generator): any {
${declared}${script.replaceAll(/^(?=.)/gm, "  ").trimEnd()}
  const made: any = ${result};
  return typeof made !== "function" ? made : made.prototype?.step ? new made(input, hidden, generator) : made(input, hidden, generator);
}

`;
}

/** The weights that the file has, put where the seed's are. */
function stored(recipe: Recipe): string {
  if (isSeeded(recipe)) return "";
  const stack = stackName(recipe.settings);
  const { embedding } = sizesOf(recipe);
  return `// The weights of the model that was opened, by PyTorch's names.
${embedding > 0 ? 'embedding.weight.assign(file["embedding.weight"]);\n' : ""}for (const [index, layer] of layers.entries()) {
  for (const [name, parameter] of layer.namedParameters())
    parameter.assign(file[\`${stack}.\${name.replace("cell.", "")}_l\${index}\`]);
}
for (const [name, parameter] of head.namedParameters()) parameter.assign(file[\`head.\${name}\`]);
`;
}

function step(recipe: Recipe): string {
  const { settings, summary, start } = recipe;
  const isTokens = summary.output.kind === "tokens";
  const { lossWeights } = start;
  const each = isTokens
    ? 'crossEntropy(outputs, targets, { reduction: "none" })'
    : "square(sub(outputs, targets)).mean({ axis: -1 })";
  const plain = isTokens ? "crossEntropy(outputs, targets)" : "mseLoss(outputs, targets)";
  const total = lossWeights?.reduce((sum, weight) => sum + weight, 0);
  const weighed =
    lossWeights === undefined
      ? ""
      : `// Of each time step: how much its loss counts.
const weights = tensor([${lossWeights.join(", ")}]);

`;
  const loss = lossWeights === undefined ? plain : `${each}.mul(weights).sum({ axis: -1 }).mean().div(${total})`;
  const gradients = "tape.gradient(loss, parameters)";
  const clipped =
    settings.clip === 0
      ? `return { loss, states, gradients: ${gradients} };`
      : `const { gradients } = clipByGlobalNorm(${gradients}, ${settings.clip});
  return { loss, states, gradients };`;
  return `${weighed}// Loss, backpropagation through time and clipping, compiled into one program.
const learn = compile((inputs: Tensor, targets: Tensor, before: readonly State[]) => {
  const tape = new Tape();
  const { loss, states } = tape.record(() => {
    const { outputs, states } = forward(inputs, before);
    return { loss: ${loss}, states };
  });
  ${clipped}
});
`;
}

function loop(recipe: Recipe): string {
  const inUnit = recipe.summary.output.kind === "tokens" ? " / Math.LN2" : "";
  return `let states = initialStates();
for (let step = 1; step <= ${programSteps}; step++) {
  const { inputs, targets, isFirst } = batchAt(step - 1);
  if (isFirst) states = initialStates();
  const learned = learn(inputs, targets, states);
  optimizer.step(learned.gradients);
  states = learned.states;
  if (step % 20 === 0) console.log(\`step \${step}: \${((await learned.loss.item())${inUnit}).toFixed(7)} ${unitOf(recipe)}\`);
}
`;
}
