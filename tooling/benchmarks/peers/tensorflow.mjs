/**
 * The training step in TensorFlow.js on its portable backend, one thread: `tf.variableGrads` and `tf.train.adam`.
 *
 * Of the ways to write it that were tried, this was the fastest: the input projection of all time steps before the loop, one
 * product per gate instead of one for all four, and one-hot rows in place of `tf.gather`. Products along the rows of both
 * operands are its fastest; cutting a tensor along any axis but the first (in the gates, or in the gradient of a
 * concatenation, as in `tf.basicLSTMCell` and `tf.layers.lstm`) goes element by element, and so does the gradient of a gather.
 */
import tf from "@tensorflow/tfjs";
import { shapesOf, timeMajor } from "./model.mjs";
import { float32, serve, versionOf } from "./protocol.mjs";

const gates = 4;

/** x: the input's part of each gate, [batch, H]; h and c [batch, H]; wHidden: [H, H] for each gate. In the order i f g o. */
function lstmStep(x, { h, c }, wHidden) {
  const [i, f, g, o] = wHidden.map((weight, gate) => tf.add(x[gate], tf.matMul(h, weight, false, true)));
  const cell = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return { h: tf.mul(tf.sigmoid(o), tf.tanh(cell)), c: cell };
}

function lossOf({ batch, time, vocabulary, hidden }, parameters, tokens, labels) {
  const rows = tf.oneHot(tokens, vocabulary, 1, 0, "float32");
  const embedded = tf.matMul(rows, parameters["embedding.weight"]); // [time·batch, H]
  const biases = tf.split(tf.add(parameters["recurrent.bias_ih_l0"], parameters["recurrent.bias_hh_l0"]), gates);
  const wHidden = tf.split(parameters["recurrent.weight_hh_l0"], gates);
  const wInput = tf.split(parameters["recurrent.weight_ih_l0"], gates);
  const projected = wInput.map((weight, gate) =>
    tf.split(tf.add(tf.matMul(embedded, weight, false, true), biases[gate]), time),
  );
  let state = { h: tf.zeros([batch, hidden]), c: tf.zeros([batch, hidden]) };
  const outputs = [];
  for (let t = 0; t < time; t++) {
    const x = projected.map((steps) => steps[t]);
    state = lstmStep(x, state, wHidden);
    outputs.push(state.h);
  }
  const scores = tf.matMul(tf.concat(outputs, 0), parameters["head.weight"], false, true);
  return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, vocabulary), tf.add(scores, parameters["head.bias"]));
}

function makeStep({ task, learningRate, weights, inputs, targets }) {
  const parameters = Object.fromEntries(
    Object.entries(shapesOf(task)).map(([name, shape]) => [
      name,
      tf.variable(tf.tensor(float32(weights[name]), shape, "float32")),
    ]),
  );
  const [tokens, labels] = [inputs, targets].map((base64) => tf.tensor1d(timeMajor(base64, task), "int32"));
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  return () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => lossOf(task, parameters, tokens, labels));
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
}

await tf.setBackend("cpu");
await serve({ description: `TensorFlow.js ${versionOf("@tensorflow/tfjs")} (cpu)`, makeStep });
