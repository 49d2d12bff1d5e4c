/** What the browser of a test keeps of the app under a name. */
import type { Page } from "playwright-core";

export function kept(page: Page, name: string): Promise<unknown> {
  return page.evaluate(
    (record) =>
      new Promise<unknown>((resolve) => {
        const opened = indexedDB.open("tapegrad-playground");
        opened.onsuccess = () => {
          const { result } = opened;
          const asked = result.transaction("kept").objectStore("kept").get(record);
          asked.onsuccess = () => {
            result.close();
            resolve(asked.result?.value);
          };
        };
      }),
    name,
  );
}
