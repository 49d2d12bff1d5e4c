/**
 * The training step in TensorFlow.js, on whichever backend is set: `tf.variableGrads` and `tf.train.adam`.
 *
 * Of the ways to write it that were tried, the fastest of each backend is there. In both, the input projection of all time steps
 * comes before the loop. On the portable backend, one product per gate instead of one for all four, and one-hot rows in place of
 * `tf.gather`: products along the rows of both operands are its fastest, and cutting a tensor along any axis but the first (in
 * the gates, or in the gradient of a concatenation, as in `tf.basicLSTMCell` and `tf.layers.lstm`) goes element by element, and
 * so does the gradient of a gather. On WebGPU, where that made a step of S take eight times as long, one product for all gates.
 */
import { float32 } from "./arrays.mjs";
import { shapesOf, timeMajor } from "./model.mjs";

const gates = 4;

/** projections: input and state of each gate, [batch, H], before the nonlinearity, in the order i f g o; c [batch, H]. */
function lstmStep(tf, projections, c) {
  const [i, f, g, o] = projections;
  const cell = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return { h: tf.mul(tf.sigmoid(o), tf.tanh(cell)), c: cell };
}

/** `projectionsOf(t, h)` gives those of time step t. Gives the hidden states [time·batch, H]. */
function lstm(tf, { batch, time, hidden }, projectionsOf) {
  let state = { h: tf.zeros([batch, hidden]), c: tf.zeros([batch, hidden]) };
  const outputs = [];
  for (let t = 0; t < time; t++) {
    state = lstmStep(tf, projectionsOf(t, state.h), state.c);
    outputs.push(state.h);
  }
  return tf.concat(outputs, 0);
}

function biasOf(tf, parameters) {
  return tf.add(parameters["recurrent.bias_ih_l0"], parameters["recurrent.bias_hh_l0"]);
}

/** Tokens [time·batch] → hidden states [time·batch, H], by a product per gate. */
export function gatesApart(tf, task, parameters, tokens) {
  const embedded = tf.matMul(tf.oneHot(tokens, task.vocabulary, 1, 0, "float32"), parameters["embedding.weight"]);
  const biases = tf.split(biasOf(tf, parameters), gates);
  const wHidden = tf.split(parameters["recurrent.weight_hh_l0"], gates);
  const wInput = tf.split(parameters["recurrent.weight_ih_l0"], gates);
  const projected = wInput.map((weight, gate) =>
    tf.split(tf.add(tf.matMul(embedded, weight, false, true), biases[gate]), task.time),
  );
  return lstm(tf, task, (t, h) =>
    wHidden.map((weight, gate) => tf.add(projected[gate][t], tf.matMul(h, weight, false, true))),
  );
}

/** The same by one product for all gates. */
export function gatesTogether(tf, task, parameters, tokens) {
  const embedded = tf.gather(parameters["embedding.weight"], tokens);
  const projected = tf.add(
    tf.matMul(embedded, parameters["recurrent.weight_ih_l0"], false, true),
    biasOf(tf, parameters),
  );
  const elements = tf.split(projected, task.time);
  const wHidden = parameters["recurrent.weight_hh_l0"];
  return lstm(tf, task, (t, h) => tf.split(tf.add(elements[t], tf.matMul(h, wHidden, false, true)), gates, 1));
}

/**
 * `tf` is the library, which Node and browsers import differently, and `hiddenStates` one of the two ways above. Gives
 * `makeStep` of a session.
 */
export function stepsOf(tf, hiddenStates) {
  return ({ task, learningRate, weights, inputs, targets }) => {
    const parameters = Object.fromEntries(
      Object.entries(shapesOf(task)).map(([name, shape]) => [
        name,
        tf.variable(tf.tensor(float32(weights[name]), shape, "float32")),
      ]),
    );
    const [tokens, classes] = [inputs, targets].map((base64) => tf.tensor1d(timeMajor(base64, task), "int32"));
    const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
    const lossOf = () => {
      const states = hiddenStates(tf, task, parameters, tokens);
      const logits = tf.add(tf.matMul(states, parameters["head.weight"], false, true), parameters["head.bias"]);
      return tf.losses.softmaxCrossEntropy(tf.oneHot(classes, task.vocabulary), logits);
    };
    return async () => {
      const loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(lossOf);
        optimizer.applyGradients(grads);
        return value;
      });
      const [value] = await loss.data();
      loss.dispose();
      return value;
    };
  };
}
