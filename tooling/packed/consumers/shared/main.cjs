const { tensor } = require("tapegrad");
const { program } = require("./program.js");

console.log(`shape [${tensor([1, 2]).shape}]`);
program(console.log);
