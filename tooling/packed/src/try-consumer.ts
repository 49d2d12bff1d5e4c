/** Builds and runs one consumer in its kit, and says what is wrong. */
import { join } from "node:path";
import { type Visit, visit } from "./browsers.ts";
import { run, serve, stop } from "./command.ts";
import { type Consumer, faultIn, type Result, type Run, type Site } from "./consumer.ts";
import { serveFolder } from "./site.ts";
import type { Workshop } from "./workshop.ts";

export async function tryConsumer(consumer: Consumer, workshop: Workshop): Promise<Result> {
  const start = performance.now();
  let { version = "" } = consumer;
  const result = (fault: string | undefined): Result => ({
    consumer,
    version,
    seconds: (performance.now() - start) / 1000,
    ...(fault !== undefined && { fault }),
  });
  try {
    const folder = await workshop.kit(consumer.kit);
    if (consumer.tool !== undefined) version = await workshop.version(consumer.kit, consumer.tool);
    const built = consumer.build === undefined ? "" : await run(folder, consumer.build);
    const warning = faultIn(built, { prints: [] });
    if (warning !== undefined) return result(`building ${warning}`);
    const visit = await outcome(folder, consumer.run);
    version = [version, visit.version].filter(Boolean).join(", ");
    const fault = faultIn(visit.output, consumer);
    return result(fault && `${fault}\n${visit.output}`);
  } catch (error) {
    return result(error instanceof Error ? error.message : String(error));
  }
}

async function outcome(folder: string, how: Run): Promise<Visit> {
  if ("command" in how) return { version: "", output: await run(folder, how.command) };
  if ("fetch" in how) {
    return at(folder, how.fetch, async (address) => ({ version: "", output: await (await fetch(address)).text() }));
  }
  const { page, browser = "chromium", extension } = how;
  return at(folder, page, (address) => visit[browser](address, extension && join(folder, extension)));
}

/** Serves the site for as long as somebody looks at it. */
async function at<T>(folder: string, site: Site, look: (address: string) => Promise<T>): Promise<T> {
  if ("folder" in site) {
    const served = await serveFolder(folder, site);
    return look(served.address).finally(() => served.close());
  }
  const { address, child } = await serve(folder, site.serve);
  return look(address + site.path).finally(() => stop(child));
}
