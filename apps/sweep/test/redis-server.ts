/** A Redis of the tests' own: in a temporary folder, on a free port, keeping nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface RedisServer extends AsyncDisposable {
  /** Of one of its databases, 0 to 15. */
  url(database?: number): string;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "tapegrad-redis-"));
  for (;;) {
    const port = await freePort();
    const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
    const child = spawn("redis-server", words, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.on("error", reject); // It is not installed.
      child.on("close", () => resolve(false)); // Somebody else has taken the port in the meantime.
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.includes("Ready to accept connections")) resolve(true);
      });
    });
    if (!isReady) continue;
    return {
      url: (database = 0) => `redis://127.0.0.1:${port}/${database}`,
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL");
        await ended;
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("a server without an address");
  return address.port;
}
