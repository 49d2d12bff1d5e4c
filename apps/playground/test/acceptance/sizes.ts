/**
 * What is fetched for the first view and for each lens, in bytes as a static host sends them. The limits are for gzip, which is
 * all that some hosts send, GitHub Pages among them; others have Brotli (Cloudflare Pages, Netlify, Vercel, Firebase).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Page } from "playwright-core";
import type { Asked, Site } from "../site.ts";
import { lensesOn, openLens, untilFirstView } from "./page.ts";

/** Bytes, by how the host compresses. */
export type Sizes = Readonly<Record<Compression, number>>;
type Compression = "gzip" | "brotli";

export interface Fetched {
  readonly part: string;
  readonly limit: number;
  readonly sizes: Sizes;
  /** Each file with its bytes, for who looks for what is large. */
  readonly files: readonly string[];
}

const limits = { page: 60_000, worker: 100_000, lens: 25_000 };

/**
 * What loads while the first view is looked at: the compiler, what draws charts, and the answer that is prepared at rest. The
 * first view is measured without them, which shows that it needs none.
 */
const whileLooking = /\/(?:compiler|plot|prepared)-/;

/** Loaded on demand, beside a lens: the editor, and the sandbox's engine. */
const onDemand = /editor-|sandbox/;
const isWorker = (name: string) => /^assets\/worker-/.test(name);

/** The first view's page and worker, what both fetch meanwhile, and what each further lens adds to the page. */
export async function measureSizes(site: Site): Promise<readonly Fetched[]> {
  const looked = Promise.withResolvers<void>();
  const { page } = await site.open({ held: { addresses: whileLooking, until: looked.promise } });
  await untilFirstView(page);
  const first = site.asked.slice();
  looked.resolve();
  await page.locator(".line-chart canvas").waitFor();
  while (!site.asked.some(({ name }) => /\/prepared-/.test(name))) await page.waitForTimeout(50);
  const meanwhile = site.asked.slice(first.length);
  const inWorker = workerFiles(first);
  const rows = [
    await fetched(
      "page",
      limits.page,
      named(first, (name) => !inWorker.has(name)),
      site,
    ),
    await fetched(
      "worker",
      limits.worker,
      named(first, (name) => inWorker.has(name)),
      site,
    ),
  ];
  const later = (name: string) => whileLooking.test(name);
  rows.push(await fetched("while the first view is looked at", limits.worker, named(meanwhile, later), site));
  for (const title of (await lensesOn(page)).slice(1)) rows.push(await measureLens(page, title, site));
  await page.context().close();
  return rows;
}

async function measureLens(page: Page, title: string, site: Site): Promise<Fetched> {
  const before = site.asked.length;
  await openLens(page, title);
  const inWorker = workerFiles(site.asked);
  const added = named(site.asked.slice(before), (name) => !inWorker.has(name) && !onDemand.test(name));
  return fetched(title, limits.lens, added, site);
}

/** The engine's worker, and what it imports. */
function workerFiles(asked: readonly Asked[]): ReadonlySet<string> {
  const files = new Set<string>();
  // What names a file was asked for before that file.
  for (const { name, by } of asked) if (isWorker(name) || files.has(by)) files.add(name);
  return files;
}

function named(asked: readonly Asked[], isWanted: (name: string) => boolean): readonly string[] {
  return [...new Set(asked.map(({ name }) => name).filter(isWanted))];
}

async function fetched(part: string, limit: number, names: readonly string[], { folder }: Site): Promise<Fetched> {
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      const [zipped, brotlied] = await Promise.all([
        promisify(gzip)(bytes, { level: 9 }),
        promisify(brotliCompress)(bytes),
      ]);
      return { name, gzip: zipped.length, brotli: brotlied.length };
    }),
  );
  const sum = (compression: Compression) => files.reduce((total, file) => total + file[compression], 0);
  return {
    part,
    limit,
    sizes: { gzip: sum("gzip"), brotli: sum("brotli") },
    files: files.map((file) => `${file.name} ${file.gzip}`),
  };
}
