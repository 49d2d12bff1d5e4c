/** What training leaves behind in memory: the heaps of the page and of its worker. */
import type { CDPSession } from "playwright-core";
import type { Site } from "../site.ts";
import { addressOf } from "./long-run.ts";
import { untilFirstView } from "./page.ts";
import { until } from "./waiting.ts";
import { train } from "./walk.ts";

const warmUp = 30_000;
const samples = 7;

/** Megabytes that both heaps grow by while it trains for some minutes, after garbage is collected: medians of several samples. */
export async function heapGrowth(site: Site, minutes: number): Promise<number> {
  const { page } = await site.open({ at: await addressOf(16) });
  await untilFirstView(page);
  const pageSession = await page.context().newCDPSession(page);
  const worker = await workerOf(pageSession);
  const used = async () => {
    const sums: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const ofPage = await usedBy((method) => pageSession.send(method));
      const ofWorker = await usedBy(worker);
      sums.push((ofPage + ofWorker) / 1e6);
      await page.waitForTimeout(500);
    }
    return sums.toSorted((a, b) => a - b)[(samples - 1) / 2] ?? Number.NaN;
  };
  await train(page, "full");
  await page.waitForTimeout(warmUp);
  const before = await used();
  await page.waitForTimeout(minutes * 60_000);
  const growth = (await used()) - before;
  await until(page, "it still trained", () => document.querySelector(".transport button")?.textContent === "Pause");
  await page.context().close();
  return growth;
}

type Method = "HeapProfiler.collectGarbage" | "Runtime.getHeapUsage";
type Send = (method: Method) => Promise<object | undefined>;

/** Bytes of objects and of array buffers. */
async function usedBy(send: Send): Promise<number> {
  await send("HeapProfiler.collectGarbage");
  const usage = await send("Runtime.getHeapUsage");
  if (usage === undefined || !("usedSize" in usage)) throw new Error("the heap's size is not known");
  const buffers = "backingStorageSize" in usage ? Number(usage.backingStorageSize) : 0;
  return Number(usage.usedSize) + buffers;
}

/** What is said to the worker goes through the page's session. */
async function workerOf(session: CDPSession): Promise<Send> {
  const attached = new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error("within 30 s the worker was not found")), 30_000).unref();
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      if (targetInfo.type === "worker") resolve(sessionId);
    });
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let calls = 0;
  return (method) => {
    const id = ++calls;
    const answered = new Promise<object | undefined>((resolve, reject) => {
      setTimeout(() => reject(new Error(`within 30 s the worker did not answer ${method}`)), 30_000).unref();
      const hear = ({ sessionId: by, message }: { sessionId: string; message: string }) => {
        const answer = JSON.parse(message);
        if (by !== sessionId || answer.id !== id) return;
        session.off("Target.receivedMessageFromTarget", hear);
        resolve(answer.result);
      };
      session.on("Target.receivedMessageFromTarget", hear);
    });
    const message = JSON.stringify({ id, method });
    return session.send("Target.sendMessageToTarget", { sessionId, message }).then(() => answered);
  };
}
