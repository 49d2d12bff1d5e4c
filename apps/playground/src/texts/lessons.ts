/** The texts of the nine lessons, with their questions and the answers. */
import type { LessonId } from "../lenses/lessons/lesson.ts";

export interface StepText {
  readonly title: string;
  /** Two sentences. */
  readonly text: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** The index of the right choice. */
  readonly right: number;
  readonly because: string;
}

export interface LessonText {
  readonly title: string;
  readonly steps: readonly StepText[];
  readonly task: string;
  /** For teachers. */
  readonly answer: string;
}

export const lessonTexts = {
  title: "Lessons",
  intro:
    "Nine short lessons. Each sets up the page, asks what you expect before it shows it, and ends with a task that the page checks by itself.",
  start: "Start",
  again: "Open again",
  done: "done",
  progress: (done: number) => `${done} of 9 done`,
  sheet: "Sheet for teachers",
  list: "Back to the lessons",
  print: "Print",
  aboutSheet:
    "All questions with their answers, all tasks with a way to do them. A link opens a step on any machine; add &hide=explanation or &hide=run to a link to hide that part of the page.",
  lesson: (number: number, title: string) => `Lesson ${number}: ${title}`,
  step: (at: number, count: number) => `Step ${at + 1} of ${count}`,
  predict: "Predict first",
  right: "Right.",
  wrong: "Not quite.",
  rightAnswer: "The answer",
  task: "Your task",
  taskOpen: "Not done yet: the page checks by itself.",
  taskDone: "Done.",
  ways: "Through the lessons",
  previous: "Back",
  next: "Next step",
  nextLesson: "Next lesson",
  reset: "Set up again",
  all: "All lessons",
  close: "Close",
  howTo: "One way to do it",
  sheetTask: "Task",
  howLessonsWork:
    "A lesson stays beside the lens while you work. Choose an answer before you look; the task turns green by itself when it is done, and this browser remembers it. Your own run is put aside by a lesson: the browser’s Back button brings it back.",
  lessons: {
    "one-function": {
      title: "One function, many steps",
      steps: [
        {
          title: "Five shapes",
          text: "The same function can be used in five ways: one-to-one, one-to-many, many-to-one, sequence to sequence, and aligned. They differ only in the steps at which something is read and something is asked for.",
          question: "A sentence is read, and one word says whether it is praise or blame. Which shape is that?",
          choices: ["One-to-many", "Many-to-one", "Aligned"],
          right: 1,
          because: "Many words go in, one answer comes out of the last state: many-to-one, as here.",
        },
        {
          title: "The chain",
          text: "A recurrent network reads one character after another, and at each step it computes hₜ = f(hₜ₋₁, xₜ; W): a new state from the state before and from what it reads. All the steps that you see are the same function f with the same weights W.",
          question: "The text grows from 5 to 30 characters. How many weights more does the network need?",
          choices: ["None", "Six times as many", "As many as there are new characters"],
          right: 0,
          because:
            "W is shared by all steps, so a longer text makes a longer chain and nothing else. Only new letters need new weights, as each letter has its own row in the table of inputs.",
        },
      ],
      task: "Under “The run”, write “hello” into Text again and again, at least 20 characters in all, without one weight more.",
      answer:
        "Type “hellohellohellohello” as the text: 20 characters of the same four letters. The number of weights stays as it was, because W is shared by all steps. With a fifth letter it would grow.",
    },
    hello: {
      title: "hello",
      steps: [
        {
          title: "Four letters",
          text: "The vocabulary is h, e, l, o, and after “hell” the network should have predicted “ello”. Before training it has no idea, so each of the four letters is about equally likely.",
          question:
            "A loss of b bits means: as unsure as when choosing among 2 to the power of b letters. How many bits is it now?",
          choices: ["About 1", "About 2", "About 4"],
          right: 1,
          because:
            "Four equally likely letters are 2² letters: 2 bits per character. The dashed line “uniform” stands there.",
        },
        {
          title: "The same letter twice",
          text: "In “hello” an l is followed by l the first time, and by o the second time. The input is the same at both steps, so only the state h can tell them apart.",
          question: "How low can the loss get for a predictor that looks at the last letter only?",
          choices: ["0 bits", "0.5 bits", "2 bits"],
          right: 1,
          because:
            "After h and e it is sure (0 bits), after each l it must toss a coin (1 bit): (0 + 0 + 1 + 1) / 4 = 0.5 bits. Below that, the network must remember.",
        },
      ],
      task: "Train until the loss is below 0.1 bits per character, and the network writes “ello” after “h” by itself.",
      answer:
        "Press Train. After about 100 steps the loss is below 0.1 bits, and what it writes after “h” begins with “ello”.",
    },
    temperature: {
      title: "Temperature and baselines",
      steps: [
        {
          title: "Better than counting",
          text: "The dashed lines are predictors that only count: “bigram” knows which letter follows which, “trigram” looks at two letters. A network is worth its trouble where it gets below them.",
          question: "Which line can a network without any memory not get below, on the text that it is trained on?",
          choices: ["uniform", "bigram", "trigram"],
          right: 1,
          because:
            "Without memory only the last letter is known, and the bigram counts are the best that can be said of it. What gets below uses its state.",
        },
        {
          title: "Bold and timid",
          text: "At temperature T the scores are divided by T before the network draws the next letter. A low temperature takes the likeliest letter nearly always, a high one gives unlikely letters a chance.",
          question: "What does the network write at temperature 2?",
          choices: ["The same words again and again", "Its text, word by word", "Nearly random letters"],
          right: 2,
          because:
            "Divided by 2, the scores are closer together, so all letters become more alike in probability. At 0.1 it would repeat itself instead.",
        },
      ],
      task: "Train until the loss is below the bigram line, then let the network write at a temperature of 1.5 or more.",
      answer:
        "Press Train: after about 30 steps the loss has crossed the bigram line. Then drag the temperature up to 1.5 or 2: the words fall apart.",
    },
    window: {
      title: "Backpropagation through time, and the window",
      steps: [
        {
          title: "Seven a, one b",
          text: "The text is seven a and one b, again and again, so the network has to count to eight. The gradient goes back through the unrolled network, but here it is cut off after 2 steps: that is truncated backpropagation through time.",
          question: "With a window of 2 steps, will the network learn when the b comes?",
          choices: [
            "Yes, the state is carried on",
            "No, the loss stays near the bigram line",
            "Yes, it only takes longer",
          ],
          right: 1,
          because:
            "The state is carried from window to window, but the gradient is not: no step of training ever sees that an a seven steps ago matters for the b. Train and see: the curve jumps, as most windows have no b and are easy, but the network does not learn where the b comes.",
        },
        {
          title: "How far the gradient reaches",
          text: "Here is the gradient of one loss at each earlier step. Behind the wall of the window it is zero: those steps get no say in the learning.",
          question: "Which window is the shortest that surely reaches from one b back to the last one?",
          choices: ["4", "8", "64"],
          right: 1,
          because: "The b come 8 steps apart. A longer window works too, but each step of training costs more.",
        },
      ],
      task: "Find a window with which the network learns to count: loss below 0.1 bits per character.",
      answer:
        "Set the window to 8 (under “The run”, More, or by dragging the wall in Gradients) and train for about 200 steps. With 2 the loss stays at 0.5; with 4 it stays above 0.15.",
    },
    vanishing: {
      title: "Vanishing and exploding gradients",
      steps: [
        {
          title: "A product of factors",
          text: "One number through time: hₜ = tanh(2x + 3hₜ₋₁ + 1), three steps. The gradient ∂h₃/∂h₀ is the product of three factors W · tanh′, with W = 3.",
          question: "With x = 1 at each step, is ∂h₃/∂h₀ large or small?",
          choices: ["27, as W³ = 27", "About 1", "Tiny, about 10⁻¹⁰"],
          right: 2,
          because:
            "The sums are large, so tanh is flat there and tanh′ is nearly 0: each factor 3 · tanh′ is far below 1. The product is 1.66·10⁻¹⁰: the gradient vanishes.",
        },
        {
          title: "The same weight, the other way",
          text: "W stays 3, but suppose x = −0.5 at each step: the sum 2x + 1 is then 0, where tanh is steepest. Drag x there when you have answered.",
          question: "What is ∂h₃/∂h₀ then?",
          choices: ["3", "9", "27"],
          right: 2,
          because:
            "h stays 0, tanh′(0) = 1, so each factor is exactly W = 3 and the product is 27. The same weight both vanishes and explodes: it depends on where the network is.",
        },
      ],
      task: "Now set Steps T to 10, and make ∂h₁₀/∂h₀ exceed 1000.",
      answer:
        "Set 10 steps, x = −0.5, W = 3, b = 1: the gradient is 3¹⁰ = 59,049. Any W above 2 does it at that x, as 2¹⁰ = 1024.",
    },
    gates: {
      title: "Gates",
      steps: [
        {
          title: "How much of the past to keep",
          text: "An LSTM's memory is cₜ = f ⊙ cₜ₋₁ + i ⊙ g: the forget gate f says how much of the old memory stays, the input gate i how much new comes in. Here the memory is [3, 5, −2] and the forget gate is [0.7, 0.4, 0.8].",
          question: "What stays of the second number, 5?",
          choices: ["5", "2", "0.4"],
          right: 1,
          because: "0.4 · 5 = 2. All together: [2.1, 2.0, −1.6].",
        },
        {
          title: "A gate, held",
          text: "This network has learned “hello”. Every gate can be dragged, and all that comes after it follows.",
          question: "The forget gate is held at 0 when the second l is read. What is lost?",
          choices: ["The weights", "What c remembered of “hel”", "Nothing, the gate only opens the output"],
          right: 1,
          because:
            "f = 0 wipes the old memory: c then holds only what the l itself brings in. What h still knows may be enough, or not.",
        },
      ],
      task: "At the step that reads the second l, tick “hold all units alike” and drag a gate so that the network is no longer sure of the o: below 50 %.",
      answer:
        "Below the picture, tick “hold all units alike”, then drag the slider of o to the left end. The output gate is then 0, so h is 0 and the scores are those of the bias alone: o falls to about 30 %.",
    },
    "long-memory": {
      title: "Why LSTM and GRU win",
      steps: [
        {
          title: "Add two numbers",
          text: "A sequence has 20 numbers, two of them are marked, and the answer is the sum of those two, asked for at the end only. Whoever wants to answer must remember a number for up to 20 steps.",
          question: "An RNN, an LSTM and a GRU of equal size are trained on it. Which of them learn it?",
          choices: ["All three", "LSTM and GRU", "None"],
          right: 1,
          because:
            "The RNN's state is multiplied by the same matrix at each step, so what is 15 steps away has hardly any gradient. The RNN ends up answering the mean.",
        },
        {
          title: "Adding instead of multiplying",
          text: "cₜ = f ⊙ cₜ₋₁ + i ⊙ g is updated by addition; ∂cₜ/∂cₜ₋₁ is just f. While f is near 1, the gradient goes through many steps unharmed.",
          question: "What is ∂cₜ/∂cₜ₋₂₀ on this path when f = 0.98 throughout?",
          choices: ["0.02", "0.67", "0.98"],
          right: 1,
          because: "0.98²⁰ = 0.67: after 20 steps two thirds are left.",
        },
      ],
      task: "In Compare, train the RNN, the LSTM and the GRU until at least one of LSTM and GRU is below an error of 0.03 while the RNN is still above 0.1.",
      answer:
        "Press “Train all three” and wait: the RNN stays near 0.167, the error of always answering 1. The GRU is through after 100 to 200 steps, the LSTM after 400 to 700.",
    },
    unit: {
      title: "What a unit knows",
      steps: [
        {
          title: "A larger network",
          text: "This network was trained beforehand, for hours rather than seconds, as nothing that people can read lives in 16 units. The text is coloured by what one unit of it says at each character.",
          question: "Did anybody tell a unit what to look for?",
          choices: ["Yes, each unit has a job", "No, only the next character was ever asked for"],
          right: 1,
          because:
            "The only aim was the next character. A unit that follows brackets or lines helps there, so one arises.",
        },
        {
          title: "Ranked",
          text: "The page has compared each unit with features of the text: is a bracket open, is this a vowel, how far into the line are we. A score of 1 means that the unit alone tells it without fail.",
          question: "Which feature needs the longest memory?",
          choices: ["Vowel", "Upper case", "Inside brackets"],
          right: 2,
          because:
            "A vowel is seen in the letter itself. A bracket may have been opened many characters ago, and must be remembered.",
        },
      ],
      task: "Choose the unit that tells best whether the text is inside { } or inside [ ].",
      answer:
        "In the table, press the best unit in the row “inside { }”. The text is coloured by it at once: one colour inside the brackets, another outside.",
    },
    "own-cell": {
      title: "Your own cell",
      steps: [
        {
          title: "Equations as code",
          text: "A cell is a function from an input and a state to an output and the next state. You write that function; the backward pass through time comes from the tape, and the page checks it against differences.",
          question: "How much code does the backward pass of your cell need?",
          choices: ["As much as the forward pass", "None", "One line per weight"],
          right: 1,
          because: "The tape records what the forward pass computes, and walks it back. There is nothing to write.",
        },
        {
          title: "Without the tanh",
          text: "A recurrent network without a nonlinearity is linear: hₜ = W hₜ₋₁ + U xₜ. It can still remember, but it cannot decide.",
          question: "Can a linear cell learn “hello”?",
          choices: ["No, never", "Yes: five letters are easy enough", "Only with 128 units"],
          right: 1,
          because:
            "The states after the first and the second l differ also when the map is linear, and that is enough for the last layer. Try it.",
        },
      ],
      task: "Change one of the cells under “Start from”, for instance leave out its tanh, use your cell in the run, and train it on “hello” to a loss below 0.1 bits per character.",
      answer:
        "Take a template, change a line (for instance leave out tanh, or use sigmoid instead), press “Use this cell in the run”, and train for a few hundred steps.",
    },
  } satisfies Record<LessonId, LessonText>,
} as const;
