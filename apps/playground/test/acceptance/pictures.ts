/** Takes README's two pictures of the app: `pnpm --filter @tapegrad/playground pictures`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildApp, serveFolder } from "../site.ts";
import { violations } from "../violations.ts";
import { openLens, picture } from "./page.ts";
import { states } from "./walk.ts";

/** README is read on telephones, too. */
const mostBytes = 150_000;

const folder = await mkdtemp(join(tmpdir(), "playground-"));
await buildApp(folder);
{
  await using site = await serveFolder(folder);
  for (const title of ["Train", "Gradients"]) {
    const { page } = await site.open({ width: 1120, height: 700 });
    await states.find(({ name }) => name === "trained")?.reach(page);
    await openLens(page, title);
    await picture(page).waitFor();
    // Also gives the pictures the time to arrive.
    const found = await violations(page);
    if (found.length > 0) throw new Error(found.join("\n"));
    const path = fileURLToPath(
      new URL(`../../../../docs/pictures/playground-${title.toLowerCase()}.png`, import.meta.url),
    );
    const { length } = await page.screenshot({ path, scale: "css" });
    if (length > mostBytes) throw new Error(`${path} has ${length} bytes: take it of a smaller page`);
    await page.context().close();
  }
}
await rm(folder, { recursive: true });
