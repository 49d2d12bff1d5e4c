/** The texts of the popover "Export"; its title is part of the first view. */
export const exportTitle = "Export";

export const exportTexts = {
  program: "The run as a program",
  programHint: "From the same weights and data: at step 100 it prints the loss that this page shows there.",
  typescript: "TypeScript, on the packages",
  pytorch: "Python, on PyTorch",
  beside: "What lies beside it",
  besideHint: {
    pytorch: "run.py reads the weights that training begins with from run.safetensors: put both into one folder.",
    both: "Both programs read run.safetensors: put it into their folder.",
    data: "It also has the first 200 batches of the data, as their numbers come from this page's generator.",
  },
  noPytorch: "There is no program on PyTorch: the cell is written in JavaScript, and nothing translates it.",
  weights: "The weights now",
  weightsHint: "Named as in PyTorch, with the vocabulary: “Open a model” opens the file again.",
  ownWeightsHint: "Under the names of the cell's own Parameters.",
  lens: (title: string) => `The lens “${title}”`,
  noTable: "This lens has no table of numbers.",
  notReady: "There is no model yet.",
} as const;
