/**
 * The words in shared memory by which threads communicate. They are in the first page, where no value ever lies, and each has
 * its own cache line. Addresses are in bytes.
 */
export const control = {
  /** Threads that have reached the barrier. */
  arrivals: 64,
  /** Counts the barriers that all have passed, and failures; what a thread at the barrier waits on. */
  generation: 128,
  /** Threads that sleep at the barrier. */
  sleepers: 192,
  /** 0, or one more than the number of the thread that failed first. */
  failure: 256,
  /** The Program that the ticket is for, or −1: look for messages. */
  program: 384,
  /** The ticket's argument, the arena's address. */
  arena: 448,
  /** Threads that have seen to the last message. */
  ready: 512,
  /** By thread, in steps of a cache line: the last ticket that it is done with. */
  done: 1024,
  /** Characters of an error's message, and their codes as 16-bit words. */
  messageLength: 32704,
  message: 32768,
  /** By thread, in steps of a cache line: counts what the first thread asks of it; what it waits on when idle. */
  ticket: 49152,
} as const;

export const longestMessage = 8192;

/** There is room for so many between `done` and the message, and behind `ticket`. */
export const mostThreads = 256;
