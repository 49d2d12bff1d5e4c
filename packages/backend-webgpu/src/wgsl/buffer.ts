/** Declares, reads and writes a buffer in a shader, or the several buffers (pages) of a large array. */

export interface BufferUse {
  readonly access: "read" | "read_write";
  /** Whether its elements are float16, else words of 32 bits. */
  readonly isHalf: boolean;
  /** Buffers of `pageLength` elements each, 1 by default. */
  readonly pages?: number;
  readonly pageLength?: number;
}

/** How many bindings it takes. */
export function pagesOf({ pages = 1 }: BufferUse): number {
  return pages;
}

/** Declarations of its buffers, without their bindings. `type`: of an element. */
export function declarationsOf(name: string, use: BufferUse, type: string): string[] {
  return namesOf(name, use).map((each) => `var<storage, ${use.access}> ${each}: array<${type}>;`);
}

/** The functions by which elements of several pages are read and written. */
export function pageFunctionsOf(name: string, use: BufferUse): string[] {
  const { access, pageLength = 1 } = use;
  if (pagesOf(use) === 1) return [];
  const choose = (statement: (page: string) => string) => {
    const cases = namesOf(name, use).map((page, n, all) => {
      const label = n === all.length - 1 ? "default" : `case ${n}u`;
      return `    ${label}: { ${statement(page)} }`;
    });
    return [`  let place = index % ${pageLength}u;`, `  switch index / ${pageLength}u {`, ...cases, "  }", "}"];
  };
  const reading = [`fn ${name}At(index: u32) -> u32 {`, ...choose((page) => `return ${page}[place];`)];
  const writing = [`fn ${name}Set(index: u32, value: u32) {`, ...choose((page) => `${page}[place] = value;`)];
  return (access === "read" ? [reading] : [reading, writing]).map((text) => text.join("\n"));
}

function namesOf(name: string, use: BufferUse): string[] {
  const pages = pagesOf(use);
  return pages === 1 ? [name] : Array.from({ length: pages }, (_, page) => `${name}Page${page}`);
}
