/** A test may take as long as a busy machine needs. */
export default { test: { testTimeout: 300_000 } };
