/** How a shader reads and writes operands that lie in several buffers, or of which it binds only some buffers. */
import type { Element } from "./element.ts";

/** What a shader binds of an operand. */
export interface Extent {
  /** Buffers. */
  readonly pages: number;
  /** Whether the operand has more of them. What lies in these is neither read nor written. */
  readonly isPartial: boolean;
}

export interface Operand extends Extent {
  readonly name: string;
  readonly element: Element;
  readonly access: "read" | "read_write";
  /** The WGSL of the number of the first page that is bound, where that is not 0. */
  readonly first?: string;
}

/** What was read was not all there, so that nothing is to be written. */
export const missedFlag = "var<private> missed = false;";

function isPlain({ pages, isPartial }: Extent): boolean {
  return pages === 1 && !isPartial;
}

/** Declarations of the operand's buffers, without their bindings. */
export function declarationsOf(operand: Operand): string[] {
  const { name, element, access, pages } = operand;
  const names = isPlain(operand) ? [name] : Array.from({ length: pages }, (_, page) => `${name}Page${page}`);
  return names.map((each) => `var<storage, ${access}> ${each}: array<${element}>;`);
}

/** The WGSL of one element. */
export function loadFrom(operand: Operand, index: string): string {
  return isPlain(operand) ? `${operand.name}[${index}]` : `${operand.name}At(${index})`;
}

/** The statement that writes one element; where something `mayMiss`, that element is left out. */
export function storeTo(operand: Operand, mayMiss: boolean, index: string, value: string): string {
  const { name } = operand;
  return isPlain(operand) && !mayMiss ? `${name}[${index}] = ${value};` : `${name}Set(${index}, ${value});`;
}

/** The functions that `loadFrom` and `storeTo` call, with pages of `length` elements each. */
export function functionsOf(operand: Operand, mayMiss: boolean, length: number): string[] {
  const functions: string[] = [];
  if (!isPlain(operand)) functions.push(reading(operand, length));
  if (operand.access === "read_write" && (mayMiss || !isPlain(operand)))
    functions.push(writing(operand, mayMiss, length));
  return functions;
}

function reading({ name, element, pages, isPartial, first }: Operand, length: number): string {
  const read = (page: number) => `{ return ${name}Page${page}[place]; }`;
  const numbered = Array.from({ length: isPartial ? pages : pages - 1 }, (_, page) => `case ${page}u: ${read(page)}`);
  const other = isPartial ? `{ missed = true; return ${element}(); }` : read(pages - 1);
  return [
    `fn ${name}At(index: u32) -> ${element} {`,
    `  let place = index % ${length}u;`,
    `  switch ${pageOf(first, length)} {`,
    ...[...numbered, `default: ${other}`].map((line) => `    ${line}`),
    "  }",
    "}",
  ].join("\n");
}

function writing(operand: Operand, mayMiss: boolean, length: number): string {
  const { name, element, pages, first } = operand;
  const write = (page: number) => `{ ${name}Page${page}[place] = value; }`;
  const body = isPlain(operand)
    ? [`${name}[index] = value;`]
    : [
        `let place = index % ${length}u;`,
        `switch ${pageOf(first, length)} {`,
        ...Array.from({ length: pages }, (_, page) => `  case ${page}u: ${write(page)}`),
        "  default: {}",
        "}",
      ];
  const guard = ["let isLeftOut = missed;", "missed = false;", "if (isLeftOut) { return; }"];
  return [
    `fn ${name}Set(index: u32, value: ${element}) {`,
    ...[...(mayMiss ? guard : []), ...body].map((line) => `  ${line}`),
    "}",
  ].join("\n");
}

function pageOf(first: string | undefined, length: number): string {
  return first === undefined ? `index / ${length}u` : `index / ${length}u - ${first}`;
}
