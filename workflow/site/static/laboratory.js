// The laboratory: trains a network on the program that the tape of its experiment gives, with roundings as chosen.
// Its address: laboratory.html?experiment=three-layer&seed=7&epochs=300&exp=browser&sum1=in+order,+fused (all optional).
const $ = (id) => document.getElementById(id);
const form = $("settings");
const SNAPSHOTS = 300; // of a training, ever sparser, for the slider
let worker, run; // of the training that is under way or was last: its settings, snapshots, and what was printed

// NumPy's legacy generator: MT19937 seeded by one number, 53-bit doubles (Matsumoto and Nishimura, TOMACS 8, 1998).
function randomState(seed) {
  const key = new Uint32Array(624);
  key[0] = seed;
  for (let i = 1; i < 624; i++) key[i] = Math.imul(1812433253, key[i - 1] ^ (key[i - 1] >>> 30)) + i;
  let position = 624;
  function word() {
    if (position === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (key[i] & 0x80000000) | (key[(i + 1) % 624] & 0x7fffffff);
        key[i] = key[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      position = 0;
    }
    let y = key[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
  const double = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
  return { uniform: (low, high) => low + (high - low) * double() };
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
function source(experiment, settings) {
  const sums = experiment.sums.map(({ name, terms }) => `const ${name} = ${LABORATORY.sums[settings[name]][terms]};`);
  const exponential = settings.exp === "browser" ? "exponential = Math.exp;" : "";
  const words = "const ROUNDED = new Float64Array(1), WORDS = new Uint32Array(ROUNDED.buffer);";
  const { size } = experiment;
  const wanted = epochsWanted(experiment, settings.epochs);
  const start = startingWeights(experiment, settings.seed);
  const given = JSON.stringify({ size, start, epochs: settings.epochs, wanted });
  return [experiment.program, exponential, words, fma, ...sums, work, `work(${given});`].join("\n");
}

function startingWeights({ start, shapes }, seed) {
  if (seed === "" && start.weights) return start.weights;
  const { uniform } = randomState(Number(seed === "" ? start.seed : seed));
  const count = shapes.reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  return Array.from({ length: count }, () => uniform(start.low, start.high));
}

function epochsWanted({ claims }, epochs) {
  const spread = Array.from({ length: SNAPSHOTS + 1 }, (_, i) => Math.round(epochs ** (i / SNAPSHOTS)) - 1);
  const printed = claims.flatMap((claim) => claim.at).filter((at) => at < epochs);
  return [...new Set([...spread, ...printed])].sort((a, b) => a - b);
}

// The settings of the form; in the address stand those that are not the portable ones.
function settings() {
  const experiment = LABORATORY.experiments[form.elements.experiment.value];
  const epochs = form.elements.epochs.valueAsNumber || experiment.epochs;
  const chosen = { ...Object.fromEntries(new FormData(form)), epochs };
  const usual = { seed: "", epochs: experiment.epochs, exp: "portable" };
  for (const { name, portable } of experiment.sums) usual[name] = portable;
  const changed = Object.entries(chosen).filter(([key, value]) => String(value) !== String(usual[key]));
  const ownStart = chosen.seed !== "" && Number(chosen.seed) !== experiment.start.seed;
  return { experiment, chosen, query: new URLSearchParams(changed), changed: changed.length > 1, ownStart };
}

function train() {
  if (!form.reportValidity()) return;
  const { experiment, chosen, query, changed, ownStart } = settings();
  history.replaceState(null, "", `?${query}`);
  worker?.terminate();
  const address = URL.createObjectURL(new Blob([source(experiment, chosen)], { type: "text/javascript" }));
  worker = new Worker(address);
  run = { experiment, chosen, changed, ownStart, snapshots: [] };
  layOut();
  $("progress").value = 0;
  $("said").value = "training …";
  worker.onmessage = ({ data }) => {
    run.snapshots.push(...data.snapshots);
    $("progress").value = data.done / chosen.epochs;
    $("slider").max = run.snapshots.length - 1;
    $("slider").value = run.snapshots.length - 1;
    Object.assign(run, { seconds: data.seconds, numbers: data.numbers });
    draw();
    show();
  };
  worker.onerror = (event) => ($("said").value = `The training stopped: ${event.message}`);
}

// The table with a row for each printed number, which `show` fills.
function layOut() {
  const body = $("lines");
  body.replaceChildren();
  run.rows = run.experiment.claims.map((claim) =>
    claim.printed.map((printed, index) => {
      const row = body.insertRow();
      const at = claim.at[Math.min(index, claim.at.length - 1)];
      row.append(element("th", { scope: "row", textContent: `${claim.quantity}, epoch ${grouped(at)}` }));
      const published = row.insertCell();
      // Of what was printed without a seed nothing is known: the start is one that was found because it prints it.
      published.append(coloured(printed, claim.seeded ? rightDigits(claim, index, printed) : undefined));
      const [mine, remark] = [row.insertCell(), row.insertCell()];
      [published.dataset.label, mine.dataset.label] = ["published", "here"];
      return { at, index, printed, mine, remark };
    }),
  );
}

// How many digits of a string are right, of what is printed from the experiment's own start.
function rightDigits(claim, index, text) {
  if (!claim.certified[index]) return undefined;
  claim.best ??= printNumbers(claim.notation, claim.certified.map(Number));
  return correctDigits(text, claim.certified[index], claim.best[index]);
}

const grouped = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");

// The printed line as it stands at the snapshot of the slider.
function show() {
  const current = Number($("slider").value);
  if (!run.snapshots[current]) return;
  const [epoch] = run.snapshots[current];
  let same = 0, all = 0;
  run.experiment.claims.forEach((claim, number) => {
    const several = claim.at.length > 1;
    const rows = run.rows[number];
    const values = rows.map(({ at, index }) => {
      const [, numbers] = run.snapshots.findLast(([done], i) => i <= current && done <= at);
      return numbers[claim.first + (several ? 0 : index)];
    });
    printNumbers(claim.notation, values).forEach((text, index) => {
      const { at, printed, mine, remark } = rows[index];
      mine.replaceChildren(coloured(text, run.ownStart ? undefined : rightDigits(claim, index, text)));
      mine.classList.toggle("underway", epoch < at);
      all++;
      same += text === printed;
      const result = compared(claim, text, values[index], printed);
      remark.textContent = epoch < at ? `so far, at epoch ${grouped(epoch)}` : result;
    });
  });
  $("epoch").value = `epoch ${grouped(epoch)}`;
  $("slider").setAttribute("aria-valuetext", `epoch ${epoch}`);
  $("now").setAttribute("cx", place(epoch));
  $("now").setAttribute("cy", height(run.snapshots[current][1][run.experiment.error]));
  if (run.seconds === undefined) return;
  const arithmetic = run.changed ? "With these settings" : "In the portable arithmetic";
  const took = `${grouped(run.chosen.epochs)} epochs took ${run.seconds.toFixed(2)} s`;
  $("said").value = `${arithmetic}, ${same} of ${all} numbers come out as published. ${took}.`;
}

function compared(claim, text, value, printed) {
  if (text === printed) return "as published";
  const apart = doublesApart(value, Number(printed));
  const size = apart < 0n ? -apart : apart;
  if (claim.notation !== "python3-repr" || size > 99999n) return "differs";
  return `${size} ${size === 1n ? "double" : "doubles"} ${apart > 0n ? "above" : "below"}`;
}

const place = (epoch) => 46 + (404 * Math.log1p(epoch)) / Math.log1p(run.chosen.epochs);
const height = (error) => 150 - (140 * (Math.log10(Math.max(error, 1e-17)) - run.low)) / -run.low;

function draw() {
  const errors = run.snapshots.map(([epoch, numbers]) => [epoch, numbers[run.experiment.error]]);
  run.low = Math.min(-1, ...errors.map(([, error]) => Math.floor(Math.log10(Math.max(error, 1e-17)))));
  const points = errors.map(([epoch, error]) => `${place(epoch).toFixed(1)} ${height(error).toFixed(1)}`);
  $("course").setAttribute("d", `M${points.join("L")}`);
  $("least").textContent = `1e${run.low}`;
}

// The controls that depend on the experiment.
function adapt(given = new URLSearchParams()) {
  const { sums, start, epochs } = LABORATORY.experiments[form.elements.experiment.value];
  form.elements.seed.value = given.get("seed") ?? "";
  form.elements.seed.placeholder = start.weights ? "the witness" : start.seed;
  form.elements.epochs.value = given.get("epochs") ?? epochs;
  form.elements.exp.value = given.get("exp") ?? "portable";
  $("sums").replaceChildren(
    ...sums.map(({ name, place: where, terms, portable }) => {
      const label = element("label", { textContent: `${where}, ${terms} terms ` });
      const select = element("select", { name });
      for (const order of Object.keys(LABORATORY.sums)) {
        select.add(new Option(order + (order === portable ? " (portable)" : ""), order));
      }
      select.value = LABORATORY.sums[given.get(name)] ? given.get(name) : portable;
      label.append(select);
      return label;
    }),
  );
}

const given = new URLSearchParams(location.search);
for (const name of Object.keys(LABORATORY.experiments)) form.elements.experiment.add(new Option(name));
for (const name of ["three-layer", given.get("experiment")]) {
  if (LABORATORY.experiments[name]) form.elements.experiment.value = name;
}
adapt(given);
form.elements.experiment.addEventListener("change", () => adapt());
form.addEventListener("change", train);
form.addEventListener("submit", (event) => event.preventDefault() ?? train());
$("portable").addEventListener("click", () => adapt() ?? train());
$("blas").addEventListener("click", () => {
  for (const select of $("sums").querySelectorAll("select")) select.value = "in order, fused";
  train();
});
$("slider").addEventListener("input", show);
train();
