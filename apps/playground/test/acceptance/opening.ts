/** How long a model of PyTorch's takes to open. */
import { encode } from "@tapegrad/safetensors";
import { alphabet, big, tensorsOf } from "../pytorch-models.ts";
import type { Site } from "../site.ts";
import { openLens, untilFirstView } from "./page.ts";
import { medianOf, openTimed, timed } from "./waiting.ts";

/** Median milliseconds from the choice of a file of 1 MB to the model that is named on the page. */
export async function openModel(site: Site): Promise<number> {
  const { page } = await openTimed(site, {});
  await untilFirstView(page);
  await openLens(page, "Open a model");
  const buffer = Buffer.from(encode(tensorsOf(big), { vocabulary: JSON.stringify(alphabet(65)) }));
  const waits: number[] = [];
  for (let time = 0; time < 5; time++) {
    const file = { name: `model ${time}.safetensors`, mimeType: "application/octet-stream", buffer };
    const choose = () => page.getByLabel("Choose a file").setInputFiles(file);
    waits.push(await timed(page, "the model was opened", { selector: ".opened" }, choose));
  }
  await page.context().close();
  return medianOf(waits);
}
