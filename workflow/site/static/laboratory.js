// The laboratory: trains a network on the program that the tape of its experiment gives, with roundings as chosen.
// Its address, each part of it optional, and each sum in an order that its control offers:
// laboratory.html?experiment=three-layer&seed=7&epochs=300&exp=browser&sum0=from+the+end&sum1=in+order,+fused
const form = $("settings");
const SNAPSHOTS = 300; // of a training, ever sparser, for the slider
let worker, run; // of the training that is under way or was last: its settings, snapshots, and what was printed

// NumPy's legacy generator: MT19937 seeded by one number, 53-bit doubles (Matsumoto and Nishimura, TOMACS 8, 1998).
function randomState(seed) {
  const key = new Uint32Array(624);
  key[0] = seed;
  for (let i = 1; i < 624; i++) key[i] = Math.imul(1812433253, key[i - 1] ^ (key[i - 1] >>> 30)) + i;
  let position = 0;
  function word() {
    const next = (position + 1) % 624;
    const mixed = (key[position] & 0x80000000) | (key[next] & 0x7fffffff);
    let y = (key[position] = key[(position + 397) % 624] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0));
    position = next;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
  return (low, high) => low + (high - low) * ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) * 2 ** -53;
}

// a · b + c rounded once, from IEEE operations (Boldo and Melquiond, IEEE Trans. Computers 57, 2008); exact where
// neither a product nor its error leaves the normal range.
function fma(a, b, c) {
  const product = a * b;
  if (!Number.isFinite(product + c)) return product + c;
  let high = 134217729 * a;
  const aHigh = high - (high - a), aLow = a - aHigh;
  high = 134217729 * b;
  const bHigh = high - (high - b), bLow = b - bHigh;
  const rest = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  const t = c + rest, t1 = t - c, tRest = (c - (t - t1)) + (rest - t1);
  const v = product + t, v1 = v - product, vRest = (product - (v - v1)) + (t - v1);
  // tRest + vRest rounded to odd: where something is cut off, the last bit is 1, so that rounding again is right.
  ROUNDED[0] = tRest + vRest;
  const s1 = ROUNDED[0] - tRest, lost = (tRest - (ROUNDED[0] - s1)) + (vRest - s1);
  if (lost !== 0 && !(WORDS[0] & 1)) {
    if (lost > 0 === ROUNDED[0] > 0) WORDS[0] += 1;
    else if (WORDS[0]-- === 0) WORDS[1] -= 1;
  }
  return v + ROUNDED[0];
}

// What the worker does: some epochs, a snapshot now and then, and one at every epoch that an article prints.
function work({ size, start, epochs, wanted }) {
  const numbers = new Float64Array(size);
  numbers.set(start);
  const snapshots = [], began = performance.now();
  let next = 0, told = began;
  for (let done = 0; done < epochs; done++) {
    epoch(numbers); // of the program
    if (done === wanted[next]) {
      next++;
      snapshots.push([done, numbers.slice()]);
    }
    if (done % 256 === 255 && performance.now() - told > 30) {
      told = performance.now();
      postMessage({ done: done + 1, snapshots: snapshots.splice(0) });
    }
  }
  postMessage({ done: epochs, snapshots, seconds: (performance.now() - began) / 1000, numbers });
}

// The text of the worker: the program, the functions it is to add with, and the loop.
function source(experiment, chosen) {
  const sums = experiment.sums.map(({ name, terms }) => `const ${name} = ${LABORATORY.sums[chosen[name]][terms]};`);
  const exponential = chosen.exp === "browser" ? "exponential = Math.exp;" : "";
  const words = "const ROUNDED = new Float64Array(1), WORDS = new Uint32Array(ROUNDED.buffer);";
  const [epochs, start] = [Number(chosen.epochs), startingWeights(experiment, chosen.seed)];
  const given = { size: experiment.size, epochs, start, wanted: epochsWanted(experiment.claims, epochs) };
  return [experiment.program, exponential, words, fma, ...sums, work, `work(${JSON.stringify(given)});`].join("\n");
}

function startingWeights({ start, shapes }, seed) {
  if (seed === "" && start.weights) return start.weights;
  const uniform = randomState(Number(seed || start.seed));
  const count = shapes.reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  return Array.from({ length: count }, () => uniform(start.low, start.high));
}

function epochsWanted(claims, epochs) {
  const spread = Array.from({ length: SNAPSHOTS + 1 }, (_, i) => Math.round(epochs ** (i / SNAPSHOTS)) - 1);
  const printed = claims.flatMap((claim) => claim.at).filter((at) => at < epochs);
  return [...new Set([...spread, ...printed])].sort((a, b) => a - b);
}

// The controls of the experiment that is chosen, and what they stand at for the portable run as published.
const fields = () => [form.elements.exp, ...form.querySelectorAll("fieldset:enabled :is(input, select)")];
const usual = (field) => field.defaultValue ?? [...field.options].find((option) => option.defaultSelected).value;

// Shows the controls of the experiment that is chosen, set to what an address asks for.
function adapt(asked = new URLSearchParams()) {
  for (const set of form.querySelectorAll("fieldset")) {
    set.hidden = set.disabled = set.name !== form.elements.experiment.value;
  }
  for (const field of fields()) {
    field.value = asked.get(field.name) ?? usual(field);
    if (!field.value) field.value = usual(field); // there is no such choice
  }
}

function train() {
  if (!form.reportValidity()) return;
  const name = form.elements.experiment.value;
  const chosen = Object.fromEntries(fields().map((field) => [field.name, field.value]));
  const changed = fields().filter((field) => field.value !== usual(field)).map((field) => [field.name, field.value]);
  const address = new URLSearchParams([["experiment", name], ...changed]);
  history.replaceState(null, "", `?${address}`.replaceAll("%2C", ","));
  const experiment = LABORATORY.experiments[name];
  const isOwnStart = chosen.seed !== "" && Number(chosen.seed) !== experiment.start.seed;
  run = { experiment, epochs: Number(chosen.epochs), isChanged: changed.length > 0, isOwnStart, snapshots: [] };
  layOut();
  $("progress").value = 0;
  $("said").value = "training …";
  worker?.terminate();
  worker = new Worker(URL.createObjectURL(new Blob([source(experiment, chosen)], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => {
    run.snapshots.push(...data.snapshots);
    Object.assign(run, { seconds: data.seconds, numbers: data.numbers });
    $("progress").value = data.done / run.epochs;
    $("slider").value = $("slider").max = run.snapshots.length - 1;
    draw();
    show();
  };
  worker.onerror = (event) => ($("said").value = `The training stopped: ${event.message}`);
}

// The table with a row for each printed number, which `show` fills.
function layOut() {
  $("lines").replaceChildren();
  run.lines = run.experiment.claims.map((claim) => {
    const rows = claim.printed.map((printed, index) => {
      const at = claim.at[Math.min(index, claim.at.length - 1)];
      // Of what was printed without a seed nothing is known: the start is one that was found because it prints it.
      const published = coloured(printed, claim.seeded ? rightDigits(claim, index, printed) : undefined);
      const row = addRow($("lines"), `${claim.quantity}, epoch ${grouped(at)}`, published, "", "");
      const [, , mine, remark] = row.cells;
      return { at, printed, mine, remark };
    });
    return { claim, rows };
  });
}

// How many digits of a string are right, of what is printed from the experiment's own start.
function rightDigits({ certified, best }, index, text) {
  return certified[index] ? correctDigits(text, certified[index], best[index]) : undefined;
}

const grouped = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");

// The printed lines as they stand at the snapshot of the slider.
function show() {
  const current = $("slider").valueAsNumber;
  if (!run.snapshots[current]) return;
  const [epoch, state] = run.snapshots[current];
  let same = 0, all = 0;
  for (const { claim, rows } of run.lines) {
    const values = rows.map(({ at }, index) => {
      const [, numbers] = run.snapshots.findLast(([done], i) => i <= current && done <= at);
      return numbers[claim.first + (claim.at.length > 1 ? 0 : index)];
    });
    printNumbers(claim.notation, values).forEach((text, index) => {
      const { at, printed, mine, remark } = rows[index];
      mine.replaceChildren(coloured(text, run.isOwnStart ? undefined : rightDigits(claim, index, text)));
      mine.classList.toggle("underway", epoch < at);
      const result = text === printed ? "as published" : apart(claim.notation, values[index], Number(printed));
      remark.textContent = epoch < at ? `so far, at epoch ${grouped(epoch)}` : result;
      all++;
      same += text === printed;
    });
  }
  $("epoch").value = `epoch ${grouped(epoch)}`;
  $("slider").setAttribute("aria-valuetext", `epoch ${epoch}`);
  $("now").setAttribute("cx", place(epoch));
  $("now").setAttribute("cy", height(state[run.experiment.error]));
  if (run.seconds === undefined) return;
  const arithmetic = run.isChanged ? "With these settings" : "In the portable arithmetic";
  const took = `${grouped(run.epochs)} epochs took ${run.seconds.toFixed(2)} s`;
  $("said").value = `${arithmetic}, ${same} of ${all} numbers come out as published. ${took}.`;
}

// How many doubles lie between a number and the one that was published, where that shows which double it was.
function apart(notation, mine, published) {
  const bits = new BigInt64Array(new Float64Array([mine, published]).buffer);
  const [a, b] = [...bits].map((n) => (n < 0n ? -(n & 0x7fffffffffffffffn) : n));
  const size = a > b ? a - b : b - a;
  if (notation !== "python3-repr" || size > 99999n) return "differs";
  return `${size} ${size === 1n ? "double" : "doubles"} ${a > b ? "above" : "below"}`;
}

const place = (epoch) => 46 + (404 * Math.log1p(epoch)) / Math.log1p(run.epochs);
const height = (error) => 150 - (140 * (Math.log10(Math.max(error, 1e-17)) - run.low)) / -run.low;

function draw() {
  const errors = run.snapshots.map(([epoch, numbers]) => [epoch, numbers[run.experiment.error]]);
  run.low = Math.min(-1, ...errors.map(([, error]) => Math.floor(Math.log10(Math.max(error, 1e-17)))));
  $("course").setAttribute("d", `M${errors.map(([epoch, error]) => [place(epoch), height(error)]).join("L")}`);
  $("least").textContent = `1e${run.low}`;
}

const asked = new URLSearchParams(location.search);
if (LABORATORY.experiments[asked.get("experiment")]) form.elements.experiment.value = asked.get("experiment");
adapt(asked);
form.elements.experiment.addEventListener("change", () => adapt());
form.addEventListener("change", train);
form.addEventListener("submit", (event) => event.preventDefault() ?? train());
$("portable").addEventListener("click", () => adapt() ?? train());
$("blas").addEventListener("click", () => {
  for (const select of form.querySelectorAll("fieldset:enabled select")) select.value = "in order, fused";
  train();
});
$("slider").addEventListener("input", show);
train();
