const { tensor } = require("tapegrad");
const { serverProgram } = require("./program.js");

console.log(`shape [${tensor([1, 2]).shape}]`);
serverProgram(console.log);
