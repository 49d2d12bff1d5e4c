/** Packages of ES modules are transformed, unless Jest runs ES modules itself. */
const { TRANSFORM = "babel" } = process.env;
const ours = ["/node_modules/(?!(@tapegrad|tapegrad)/)"];
const kinds = {
  babel: { testMatch: ["**/train.test.js"], transform: { "\\.js$": "babel-jest" }, transformIgnorePatterns: ours },
  "ts-jest": {
    testMatch: ["**/train.test.ts"],
    transform: { "\\.[jt]s$": ["ts-jest", { tsconfig: "tsconfig.json" }] },
    transformIgnorePatterns: ours,
  },
  none: { testMatch: ["**/train.test.js"], transform: {} },
};

/** A test may take as long as a busy machine needs. */
module.exports = { testTimeout: 300_000, ...kinds[TRANSFORM] };
