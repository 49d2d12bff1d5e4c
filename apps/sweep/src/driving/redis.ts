/** The connection to Redis. Whether Redis can be used is checked once, before any work, and reported in a sentence. */
import { CommandError, errorCode } from "@tapegrad/command-line";

export const defaultUrl = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";

const patienceMilliseconds = 5000;

/** The queue's library and its client are optional, so that everything else works where they are not installed. */
export async function loadQueueing() {
  try {
    const [{ Queue, UnrecoverableError, WaitingError, Worker }, { Redis }] = await Promise.all([
      import("bullmq"),
      import("ioredis"),
    ]);
    return { Queue, Redis, UnrecoverableError, WaitingError, Worker };
  } catch (cause) {
    if (errorCode(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new CommandError(
      "sweeps need the packages bullmq and ioredis, which are not installed; npm install bullmq ioredis",
      {
        exitCode: 1,
        cause,
      },
    );
  }
}

/** The URL as it may be shown. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  if (parsed.password !== "") parsed.password = "…";
  return decodeURI(parsed.href);
}

/** @throws CommandError for what is no URL of Redis. */
export function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== "") return;
  throw new CommandError(
    `--redis: expected redis://host:port: ${JSON.stringify(url)}; a password goes before the host, as redis://:password@host:port`,
  );
}

/** Returns when Redis has answered. @throws CommandError that says why it does not, and what to do. */
export async function checkRedis(url: string): Promise<void> {
  checkUrl(url);
  const { Redis } = await loadQueueing();
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: patienceMilliseconds,
    commandTimeout: patienceMilliseconds,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: unknown; // What the connection failed of; `connect` only says that it is closed.
  client.on("error", (error: unknown) => {
    reason ??= error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    throw unreachable(url, reason ?? cause);
  } finally {
    client.disconnect();
  }
}

function unreachable(url: string, cause: unknown): CommandError {
  const why = cause instanceof Error ? cause.message || errorCode(cause) || cause.name : String(cause);
  const remedy = remedies.find(([pattern]) => pattern.test(`${errorCode(cause)} ${why}`))?.[1] ?? startRedis;
  return new CommandError(`Redis at ${withoutPassword(url)} does not answer (${why}); ${remedy}`, {
    exitCode: 1,
    cause,
  });
}

const startRedis =
  "start one with redis-server (Debian: apt-get install redis-server), or give another one as --redis redis://host:port";

const remedies: readonly (readonly [RegExp, string])[] = [
  [/NOAUTH|WRONGPASS|AUTH/, "give its password as --redis redis://:password@host:port"],
  [/ENOTFOUND|EAI_AGAIN/, "there is no such host; check the URL of --redis"],
  [/DB index|SELECT/i, "the number after the last / of the URL is a database that it does not have"],
];

/** What an error of Redis or of its client means, once it was reached; undefined for others. */
export function redisFault(error: unknown): CommandError | undefined {
  if (!(error instanceof Error) || !/^(ReplyError|MaxRetriesPerRequestError|ConnectionClosedError)$/.test(error.name)) {
    return undefined;
  }
  return new CommandError(`Redis refused: ${error.message}; what has finished is kept, run the same command to go on`, {
    exitCode: 1,
    cause: error,
  });
}
