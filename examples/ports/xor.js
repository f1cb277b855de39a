// The experiment `xor`, written as one would in JavaScript: arrays of arrays, map and reduce, and Math.exp.
//
//     node examples/ports/xor.js | python scripts/compare.py xor -

const EPOCHS = 60000;
const inputs = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]];
const targets = [[0], [1], [1], [0]];
// The draws of NumPy's seed 1, from data/reference/xor/certificate.json.
let w1 = [
  [-0.165955990594852, 0.4406489868843162, -0.9997712503653102, -0.39533485473632046],
  [-0.7064882183657739, -0.8153228104624044, -0.6274795772446582, -0.3088785459139045],
  [-0.20646505153866013, 0.07763346800671389, -0.1616109711934104, 0.370439000793519]];
let w2 = [[-0.5910955005369651], [0.7562348727818908], [-0.9452248136041477], [0.34093502035680445]];

const transpose = (a) => a[0].map((_, column) => a.map((row) => row[column]));
const dot = (a, b) => a.map((row) => transpose(b).map((column) => row.reduce((sum, v, i) => sum + v * column[i], 0)));
const zip = (f, a, b) => a.map((row, i) => row.map((v, j) => f(v, b[i][j])));
const sigmoid = (a) => a.map((row) => row.map((s) => 1 / (1 + Math.exp(-s))));

const lines = ["epoch,quantity,row,column,value"];
const dump = (epoch, quantities) => {
  for (const [name, matrix] of Object.entries(quantities)) {
    matrix.forEach((row, i) => row.forEach((v, j) => lines.push([epoch, name, i, j, v].join())));
  }
};

for (let epoch = 0; epoch < EPOCHS; epoch++) {
  const hidden = sigmoid(dot(inputs, w1));
  const output = sigmoid(dot(hidden, w2));
  const error = zip((t, o) => t - o, targets, output);
  const delta2 = zip((e, o) => e * o * (1 - o), error, output);
  const delta1 = zip((e, h) => e * h * (1 - h), dot(delta2, transpose(w2)), hidden);
  const gradient2 = dot(transpose(hidden), delta2);
  const gradient1 = dot(transpose(inputs), delta1);
  if (epoch <= 10 || epoch % 10000 === 0 || epoch === EPOCHS - 1) {
    const mean = error.flat().reduce((sum, e) => sum + Math.abs(e), 0) / error.length;
    dump(epoch, {
      "weights[1]": w1, "weights[2]": w2, "activations[1]": hidden, "activations[2]": output, error,
      mean_absolute_error: [[mean]], "deltas[2]": delta2, "gradients[2]": gradient2,
      "deltas[1]": delta1, "gradients[1]": gradient1,
    });
  }
  w1 = zip((w, g) => w + g, w1, gradient1);
  w2 = zip((w, g) => w + g, w2, gradient2);
}
console.log(lines.join("\n"));
