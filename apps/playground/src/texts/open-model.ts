/** The texts of the lens that opens models. */

export const openModelTexts = {
  drop: "Drop a .safetensors file here, or a CSV table",
  choose: "Choose a file",
  privacy: "It stays on this machine. What runs now stays if the file cannot be read.",
  accepts:
    "A model of characters: an embedding or one-hot input, any number of RNN, LSTM or GRU layers of one size, and an output layer. The names of PyTorch and of Keras are known, and checkpoints of Tapegrad's command line.",
  opening: "Opening …",
  noText: "This is no text in UTF-8.",
  tableOpen: (name: string) =>
    `${name} is what the run learns now. Which columns are read and predicted stands under “The run”.`,
  vocabularyTitle: (characters: number) => `Which ${characters} characters?`,
  vocabularyHint:
    "The file does not say which character each number stands for. Type the characters in the order of their numbers, one after the other, or as a JSON list.",
  vocabulary: "Characters in order",
  open: "Open",
  foundTitle: "The model that is open",
  nextStep: "It is the run now: every lens looks at it, Train goes on from here, and Rewind comes back to it.",
  notOpen: "No file is open: the run has been made here.",
  ofWords: "The vocabulary is not of characters; the lenses look at characters.",
  pythonTitle: "Write such a file with PyTorch",
  python: `import json
from safetensors.torch import save_file
characters = sorted(set(text))  # of numbers 0, 1, 2, …
weights = {name: w.contiguous() for name, w in model.state_dict().items()}
save_file(weights, "model.safetensors", {"vocabulary": json.dumps(characters)})`,
  copy: "Copy",
  copied: "Copied",
} as const;
