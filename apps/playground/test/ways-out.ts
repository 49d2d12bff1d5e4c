/** A cell that tries every way out of its worker that browsers have, and tells by its error how each ended. */

export type Outcome = readonly [way: string, outcome: string];

/** The source: evaluated again and again, it tries once, and then throws what came of it. `origins` are the page's and another. */
export function waysOut(origins: readonly string[]): string {
  return `${attempts.toString()}
globalThis.tried ??= attempts(${JSON.stringify(origins)}).then((outcomes) => { globalThis.outcomes = outcomes; });
throw new Error(globalThis.outcomes ? "outcomes " + JSON.stringify(globalThis.outcomes) : "not yet");
`;
}

export function outcomesIn(text: string): readonly Outcome[] | undefined {
  const [, json] = /outcomes (\[.*\])/s.exec(text) ?? [];
  return json === undefined ? undefined : JSON.parse(json);
}

/** Runs inside, as text: it may use nothing of this module. A way is refused when it rejects or throws, and says nothing for two seconds. */
async function attempts(origins: readonly string[]): Promise<Outcome[]> {
  // The one place without types: some of these are not there, which is what is to be found out.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  const world = globalThis as any;
  const outcomes: Outcome[] = [];
  const events = (target: EventTarget, good: string) =>
    new Promise((resolve, reject) => {
      target.addEventListener(good, resolve);
      target.addEventListener("error", () => reject(new Error("error event")));
    });
  const attempt = async (way: string, run: () => unknown) => {
    try {
      const silence = new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), 2000));
      const result = await Promise.race([run(), silence]);
      outcomes.push([way, result === "absent" ? "absent" : `open: ${String(result)}`]);
    } catch (error) {
      outcomes.push([way, `refused: ${String(error)}`]);
    }
  };
  const made = (name: string, use: (Made: new (...given: unknown[]) => EventTarget) => unknown) =>
    name in world ? use(world[name]) : "absent";
  const nested = (body: string) => URL.createObjectURL(new Blob([body], { type: "text/javascript" }));
  for (const origin of origins) {
    const url = `${origin}/leak`;
    await attempt(`fetch ${origin}`, () => fetch(url));
    await attempt(`fetch without reading ${origin}`, () => fetch(url, { mode: "no-cors", keepalive: true }));
    await attempt(`XMLHttpRequest ${origin}`, () => {
      const request = new XMLHttpRequest();
      request.open("GET", url);
      request.send();
      return events(request, "load");
    });
    await attempt(`synchronous XMLHttpRequest ${origin}`, () => {
      const request = new XMLHttpRequest();
      request.open("GET", url, false);
      request.send();
      return request.status;
    });
    await attempt(`WebSocket ${origin}`, () => events(new WebSocket(url.replace("http", "ws")), "open"));
    await attempt(`EventSource ${origin}`, () => events(new EventSource(url), "open"));
    await attempt(`WebTransport ${origin}`, () =>
      made("WebTransport", (Made) => (new Made(url.replace("http", "https")) as unknown as { ready: unknown }).ready),
    );
    await attempt(`importScripts ${origin}`, () => world.importScripts(url));
    await attempt(`import ${origin}`, () => new Function("url", "return import(url)")(url));
    await attempt(`Worker ${origin}`, () => events(new Worker(url), "message"));
    await attempt(`fetch in a worker of the worker ${origin}`, () =>
      events(new Worker(nested(`fetch(${JSON.stringify(url)}).then(() => postMessage("out"))`)), "message"),
    );
    await attempt(`FontFace ${origin}`, () => new world.FontFace("leak", `url(${url})`).load());
    await attempt(`sendBeacon ${origin}`, () => world.navigator.sendBeacon?.(url) ?? "absent");
    await attempt(`RTCPeerConnection ${origin}`, () => made("RTCPeerConnection", (Made) => new Made()));
  }
  await attempt("import of data", () => new Function("return import('data:text/javascript,export default 1')")());
  await attempt("SharedWorker", () => made("SharedWorker", (Made) => new Made(nested(""))));
  await attempt("indexedDB", () => {
    const request = indexedDB.open("leak");
    return events(request, "success");
  });
  await attempt("caches", () => ("caches" in world ? world.caches.open("leak") : "absent"));
  await attempt("storage", () => world.navigator.storage?.getDirectory() ?? "absent");
  await attempt("localStorage", () => world.localStorage ?? "absent");
  await attempt("cookieStore", () => world.cookieStore?.getAll() ?? "absent");
  await attempt("serviceWorker", () => world.navigator.serviceWorker ?? "absent");
  await attempt("document", () => world.document ?? world.parent ?? "absent");
  // These can be called, but what hears them is in the sandbox: the page must not.
  new BroadcastChannel("way out").postMessage("way out");
  world.postMessage("way out");
  return outcomes;
}
