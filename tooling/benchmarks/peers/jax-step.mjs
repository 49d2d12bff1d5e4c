/**
 * The training step in jax-js, on whichever device is the default one: one `jit` for all of it.
 *
 * jax-js 0.1 has no loop primitive, so the time steps are written out. The input projection of all time steps is one product
 * before them: with one product per step, of the concatenated input and state, a step of M took twice as long. The embedding is
 * a product with one-hot rows: the gradient of `take` cannot be compiled.
 *
 * Every use of an array but the last one takes a `ref`: its arrays are counted.
 */
import { jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { float32 } from "./arrays.mjs";
import { shapesOf, timeMajor } from "./model.mjs";

const betas = [0.9, 0.999];
const epsilon = 1e-8;

/** x [batch, 4H], h and c [batch, H]; wHidden [H, 4H]. Gates in the order i f g o. */
function lstmStep(x, { h, c }, wHidden) {
  const [i, f, g, o] = np.split(x.add(np.matmul(h, wHidden)), 4, 1);
  const cell = nn
    .sigmoid(f)
    .mul(c)
    .add(nn.sigmoid(i).mul(np.tanh(g)));
  const hidden = nn.sigmoid(o).mul(np.tanh(cell.ref));
  return { h: hidden, c: cell };
}

function lossOf({ batch, time, vocabulary, hidden }) {
  return (parameters, tokens, targets) => {
    const embedded = np.matmul(nn.oneHot(tokens, vocabulary), parameters["embedding.weight"]); // [time·batch, H]
    const bias = parameters["recurrent.bias_ih_l0"].add(parameters["recurrent.bias_hh_l0"]);
    const projected = np.matmul(embedded, np.transpose(parameters["recurrent.weight_ih_l0"])).add(bias);
    const elements = np.split(projected, time, 0); // time × [batch, 4H]
    const wHidden = np.transpose(parameters["recurrent.weight_hh_l0"]);
    let state = { h: np.zeros([batch, hidden]), c: np.zeros([batch, hidden]) };
    const outputs = [];
    for (const element of elements) {
      state = lstmStep(element, state, wHidden.ref);
      outputs.push(state.h.ref);
    }
    wHidden.dispose();
    tree.dispose(state);
    const logits = np
      .matmul(np.concatenate(outputs, 0), np.transpose(parameters["head.weight"]))
      .add(parameters["head.bias"]);
    return nn
      .logSoftmax(logits, -1)
      .mul(nn.oneHot(targets, vocabulary))
      .sum()
      .mul(-1 / (batch * time));
  };
}

/** Parameter, moments and gradient → the next parameter and moments (Kingma and Ba, 2015). */
function adam(parameter, mean, square, gradient, rate, correction) {
  const nextMean = mean.mul(betas[0]).add(gradient.ref.mul(1 - betas[0]));
  const nextSquare = square.mul(betas[1]).add(np.square(gradient).mul(1 - betas[1]));
  const deviation = np.sqrt(nextSquare.ref.div(correction)).add(epsilon);
  return [parameter.sub(nextMean.ref.mul(rate).div(deviation)), nextMean, nextSquare];
}

export function makeStep({ task, learningRate, weights, inputs, targets }) {
  const shapes = shapesOf(task);
  const names = Object.keys(shapes);
  let parameters = Object.fromEntries(
    names.map((name) => [name, np.array(float32(weights[name])).reshape(shapes[name])]),
  );
  const zeros = () => Object.fromEntries(names.map((name) => [name, np.zeros(shapes[name])]));
  let [means, squares] = [zeros(), zeros()];
  const tokensOf = (base64) => np.array(timeMajor(base64, task), { dtype: np.int32 });
  const [tokens, labels] = [tokensOf(inputs), tokensOf(targets)];

  const update = jit((parameters, means, squares, tokens, labels, rate, correction) => {
    const [loss, gradients] = valueAndGrad(lossOf(task))(tree.ref(parameters), tokens, labels);
    const next = [{}, {}, {}];
    for (const name of names) {
      const updated = adam(parameters[name], means[name], squares[name], gradients[name], rate.ref, correction.ref);
      for (const [i, value] of updated.entries()) next[i][name] = value;
    }
    rate.dispose();
    correction.dispose();
    return [loss, ...next];
  });

  let step = 0;
  return async () => {
    step++;
    const rate = np.array(learningRate / (1 - betas[0] ** step));
    const correction = np.array(1 - betas[1] ** step);
    const results = update(parameters, means, squares, tokens.ref, labels.ref, rate, correction);
    const [loss] = results;
    [, parameters, means, squares] = results;
    return loss.jsAsync();
  };
}
