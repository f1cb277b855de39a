// Compares numbers of the reader's program with certified ones, as scripts/compare.py does; nothing leaves the page.
const $ = (id) => document.getElementById(id);
const form = $("port");
const WRONG = 2 ** 14.5; // a ratio beyond this is nearer to single precision than to rounding in double precision
const OF_SINGLE = 2 ** 29; // how much more single precision loses
const REFERENCES = {}; // by experiment; each is a script of its own, which is loaded when it is wanted

// Exact fractions.
const absolute = (n) => (n < 0n ? -n : n);
const difference = (a, b) => ({ n: absolute(a.n * b.d - b.n * a.d), d: a.d * b.d });
const less = (a, b) => ({ n: a.n * b.d > b.n * a.d ? a.n * b.d - b.n * a.d : 0n, d: a.d * b.d });
const greater = (a, b) => (a.n * b.d > b.n * a.d ? a : b);
const ofDecimal = ({ m, e }) => (e < 0 ? { n: m, d: 10n ** BigInt(-e) } : { n: m * 10n ** BigInt(e), d: 1n });
function ofDouble(x) {
  let power = 0;
  for (; !Number.isInteger(x); power++) x *= 2;
  return { n: BigInt(x), d: 1n << BigInt(power) };
}
function toDouble({ n, d }) {
  const shift = 64 - absolute(n).toString(2).length + d.toString(2).length;
  const whole = Number(shift < 0 ? n / (d << BigInt(-shift)) : (n << BigInt(shift)) / d);
  return whole * 2 ** -(shift >> 1) * 2 ** -(shift - (shift >> 1));
}

// A number as it is written, with its exact value, null if it is not finite; undefined of what is no number.
function written(text) {
  const plain = text.trim().toLowerCase().replaceAll("_", "");
  if (/^[-+]?(nan(\(.*\))?|na|inf(inity)?|1\.#\w+)$/.test(plain)) return { text, value: null, digits: 0, place: null };
  const hex = /^([-+]?)0x([0-9a-f]+)\.?([0-9a-f]*)(?:p([-+]?\d+))?$/.exec(plain);
  if (hex) {
    const [m, power] = [BigInt(`0x${hex[2]}${hex[3]}`), Number(hex[4] ?? 0) - 4 * hex[3].length];
    const n = (hex[1] === "-" ? -m : m) << BigInt(Math.max(power, 0));
    return { text, value: { n, d: 1n << BigInt(Math.max(-power, 0)) }, digits: 0, place: null };
  }
  const parts = decimal(plain.replace("d", "e"));
  if (!parts) return undefined;
  const digits = plain.replace(/[ed].*$/, "").replace(/\D/g, "").replace(/^0+/, "").length;
  const nearest = Number(plain.replace("d", "e"));
  return { text, decimal: parts, value: ofDecimal(parts), digits, place: parts.e, nearest };
}

// How far each number may be from the one that was printed: half a unit of the last digit of their common notation, and
// as a decimal is seldom a double, half the distance of the doubles there.
function addErrors(numbers) {
  const shown = numbers.filter((one) => one.value && one.place !== null);
  const digits = Math.max(0, ...shown.map((one) => one.digits));
  const last = Math.min(0, ...shown.map((one) => one.place));
  for (const one of numbers) {
    one.error = { n: 0n, d: 1n };
    if (!shown.includes(one)) continue;
    const leading = absolute(one.decimal.m).toString().length - 1 + one.decimal.e;
    const half = ofDecimal({ m: 5n, e: (one.value.n ? Math.max(leading - digits + 1, last) : last) - 1 });
    const isDouble = !Number.isFinite(one.nearest) || difference(ofDouble(one.nearest), one.value).n === 0n;
    one.error = isDouble ? half : greater(half, ofDouble(spacing(one.nearest) / 2));
  }
}

function spacing(x) {
  const next = new Float64Array([Math.abs(x)]);
  new BigInt64Array(next.buffer)[0] += 1n;
  return next[0] - Math.abs(x);
}

const deviation = (one, value) => (one.value ? toDouble(less(difference(one.value, value), one.error)) : Infinity);
const ratio = (deviated, spread) => (deviated === 0 ? 0 : spread ? deviated / spread : Infinity);

// The log relative error of a number, rounded down to a tenth; at most the digits that it shows.
function rightDigits({ value, digits, place }, exact) {
  if (!value) return 0;
  const most = place === null ? 17 : digits;
  const { n, d } = difference(value, exact);
  if (n === 0n) return most;
  const size = exact.n ? { n: n * exact.d, d: d * absolute(exact.n) } : { n, d };
  return Math.max(0, Math.min(most, Math.floor(-10 * Math.log10(toDouble(size))) / 10));
}

const table = (text) => text.split(/\r\n|\n|\r/).map((line) => line.split(",").map((cell) => cell.trim()));
const keyOf = ({ epoch, moment, quantity, row, column }) => [epoch, moment, quantity, row, column].join();
const named = ({ epoch, moment, quantity, row, column }) =>
  `${quantity}[${row}, ${column}] of epoch ${epoch}${moment === "after" ? " after the update" : ""}`;

// What is known of an experiment, by place; the order of its quantities; and what rounding does at each epoch.
function understand({ csv, claims, steps }) {
  const [header, ...lines] = table(csv.trim());
  const rows = lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
  const reference = { rows, known: new Map(), order: new Map(), spread: new Map(), claims, steps, epochs: 0 };
  for (const row of rows) {
    const [epoch, kind] = [Number(row.epoch), `${row.moment} ${row.quantity}`];
    if (!reference.order.has(kind)) reference.order.set(kind, reference.order.size);
    const known = { exact: row.certified || row.portable, portable: Number(row.portable) };
    reference.known.set(keyOf(row), known);
    if (row.quantity.startsWith("weights") && epoch && row.moment === "before") {
      reference.known.set(keyOf({ ...row, epoch: epoch - 1, moment: "after" }), known); // made by the update before
    }
    const spread = Math.max(reference.spread.get(epoch) ?? 0, Number(row.spread));
    if (row.spread) reference.spread.set(epoch, spread);
    reference.epochs = epoch + 1;
  }
  reference.kinds = new Set(rows.map((row) => keyOf({ ...row, epoch: "" })));
  return reference;
}

// The numbers of a port's file, each with its place; raises an error that names the line.
function readPort(text, reference) {
  const [header, ...lines] = table(text);
  const missing = ["epoch", "quantity", "value"].find((name) => !header.includes(name));
  if (missing) throw new Error(`line 1: expected a header with the columns epoch, quantity and value, no ${missing}`);
  const port = new Map();
  lines.forEach((cells, index) => {
    if (!cells.some(Boolean)) return;
    const check = (found, what) => {
      if (!found) throw new Error(`line ${index + 2}: ${what}`);
      return found;
    };
    check(cells.length === header.length, `expected ${header.length} values, as in the header, got ${cells.length}`);
    const given = Object.fromEntries(header.map((name, i) => [name, cells[i]]));
    const place = { moment: given.moment || "before", quantity: given.quantity };
    for (const name of ["epoch", "row", "column"]) {
      check(/^\d*$/.test(given[name] ?? ""), `${name}: expected a whole number from 0 on, got ${given[name]}`);
      place[name] = Number(given[name] || 0);
    }
    check(place.epoch < reference.epochs, `epoch ${place.epoch}: the epochs are 0 to ${reference.epochs - 1}`);
    check(reference.kinds.has(keyOf({ ...place, epoch: "" })), `there is no ${named(place)}`);
    check(!port.has(keyOf(place)), `${named(place)} stands twice`);
    const number = check(written(given.value), `expected a number, got ${given.value}`);
    port.set(keyOf(place), Object.assign(number, place));
  });
  for (const numbers of Map.groupBy(port.values(), (one) => one.quantity).values()) addErrors(numbers);
  return [...port.values()];
}

// The plain numbers of a claim, as a program prints them.
function readClaim(text, reference, { places, known }) {
  const plain = text.replace(/^.*:|[\][(),;]/gm, " ");
  const numbers = plain.split(/\s+/).filter(Boolean).map((word, index) => {
    const number = written(word);
    if (!number) throw new Error(`expected a number, got ${word}`);
    return Object.assign(number, places[index]);
  });
  if (numbers.length !== places.length) throw new Error(`expected ${places.length} numbers, got ${numbers.length}`);
  places.forEach((place, index) => reference.known.set(keyOf(place), known[index]));
  addErrors(numbers);
  return numbers;
}

// The verdict, in the order of scripts/lastdigit/comparison.py.
function compare(port, reference, claim) {
  const rank = (one) => [one.epoch, reference.order.get(`${one.moment} ${one.quantity}`) ?? 99, one.row, one.column];
  const inOrder = (a, b) => rank(a).map((x, i) => x - rank(b)[i]).find(Boolean) ?? 0;
  const measured = reference.spread.size > 0;
  const spread = (one) => reference.spread.get(one.epoch);
  const isKnown = (one) => reference.known.has(keyOf(one)) && (spread(one) !== undefined || !measured);
  const numbers = port.filter(isKnown).sort(inOrder);
  for (const one of numbers) {
    const { exact, portable } = reference.known.get(keyOf(one));
    const value = ofDecimal(decimal(exact));
    const own = { value: ofDouble(portable), place: null, error: { n: 0n, d: 1n } };
    const ratios = [one, own].map((it) => ratio(deviation(it, value), spread(one)));
    Object.assign(one, { exact, ratios, right: [rightDigits(one, value), rightDigits(own, value)] });
  }
  const wrong = numbers.find((one) => one.ratios[0] > WRONG);
  const worst = numbers.reduce((a, b) => (b.ratios[0] > a.ratios[0] ? b : a), numbers[0]);
  const told = numbers.filter((one) => Math.abs(Number(one.exact)) > WRONG * spread(one));
  const precise = told.filter((one) => toDouble(one.error) < OF_SINGLE * spread(one));
  const isStart = (one) => one.epoch === 0 && one.moment === "before";
  const name = (one) => one && named(one);
  const much = worst?.ratios[0].toPrecision(2);
  const [, verdict, reason] = [
    [!numbers.length, "unclear", "None of these numbers is in the reference; scripts/compare.py knows every epoch."],
    [!measured, "digits only", "What rounding may do was not measured in this build."],
    [wrong, "wrong", `${name(wrong)} is the first that is wrong, by far more than rounding can explain.`],
    [worst?.ratios[0] > 1, "unclear", `${name(worst)} deviates ${much} times as much as rounding alone did in 64 runs.`
      + " Whether that is usual, scripts/compare.py finds out."],
    [!told.length, "unclear", "None is wrong, but rounding alone leaves no digit of them; show earlier epochs."],
    [!precise.length, "unclear", "None is wrong, but so few digits are right in single precision, too; print 17."],
    [!claim && precise.every(isStart), "unclear", "None is wrong, but none comes after an update; show later epochs."],
    [true, "right", "As right as rounding lets any program in double precision be, in all that was compared."],
  ].find(([applies]) => applies);
  const made = wrong && (reference.steps[wrong.quantity] ?? "the forward pass");
  const step = verdict === "wrong" ? ` It is made by: ${made}.` : "";
  return { verdict, reason: reason + step, wrong, worst, numbers, left: port.length - numbers.length };
}

function cell(row, content, kind = "td") {
  row.append(element(kind, kind === "th" && { scope: "row" }));
  row.lastChild.append(content);
}

function show({ verdict, reason, wrong, worst, numbers, left }, name, isClaim) {
  $("verdict").className = `verdict ${{ right: "proven", wrong: "differs" }[verdict] ?? "reproduced"}`;
  $("verdict").textContent = verdict;
  const more = left ? ` ${left} numbers of other epochs were left out; scripts/compare.py knows them.` : "";
  const command = `python scripts/compare.py ${isClaim ? "--claim " : ""}${name} FILE`;
  $("reason").textContent = reason + more + (verdict === "wrong" ? ` To name the mistake: ${command}` : "");
  $("epochs").replaceChildren();
  for (const [epoch, here] of Map.groupBy(numbers, (one) => one.epoch)) {
    const row = $("epochs").insertRow();
    cell(row, String(epoch), "th");
    const least = [0, 1].map((i) => Math.min(...here.map((one) => one.right[i])).toFixed(1));
    const most = [0, 1].map((i) => Math.max(...here.map((one) => one.ratios[i])));
    const texts = most.map((x) => (Number.isNaN(x) ? "–" : x.toPrecision(2).replace("Infinity", "∞")));
    for (const text of [here.length, ...least, ...texts]) cell(row, String(text));
    row.classList.toggle("bad", most[0] > WRONG);
  }
  $("numbers").replaceChildren();
  for (const one of numbers.filter(({ epoch }) => isClaim || epoch === (wrong ?? worst).epoch)) {
    const row = $("numbers").insertRow();
    cell(row, named(one), "th");
    const right = one.nearest === Number(one.exact) ? significant(one.text) : correctDigits(one.text, one.exact);
    cell(row, coloured(one.text, one.place === null ? undefined : right));
    cell(row, coloured(one.exact));
    row.classList.toggle("bad", one === wrong);
  }
  $("result").hidden = false;
}

// The reference of what is chosen, loaded as a script, because a page opened from a file may not read files.
function load() {
  const [name, claim] = form.elements.what.value.split(" ");
  return new Promise((done, failed) => {
    const ready = () => done({ name, claim, reference: understand(REFERENCES[name]) });
    if (REFERENCES[name]) return ready();
    const onerror = () => failed(new Error(`the reference of ${name} cannot be read`));
    document.head.append(element("script", { src: `_static/reference-${name}.js`, onload: ready, onerror }));
  });
}

async function run() {
  try {
    const { name, claim, reference } = await load();
    const chosen = claim && reference.claims[claim];
    const text = form.elements.numbers.value;
    if (!text.trim()) return ($("said").value = "Paste numbers, or drop a file.");
    const port = chosen ? readClaim(text, reference, chosen) : readPort(text, reference);
    show(compare(port, reference, chosen), claim ?? name, Boolean(chosen));
    $("said").value = "";
  } catch (error) {
    $("result").hidden = true;
    $("said").value = error.message;
  }
}

// The portable run in the form of a port's file, as it is or after a change of each number.
async function example(change) {
  const { claim, reference } = await load();
  const lines = claim
    ? reference.claims[claim].known.map(({ portable }) => change(portable))
    : reference.rows.map((row) => `${keyOf(row)},${change(Number(row.portable))}`);
  const header = claim ? [] : ["epoch,moment,quantity,row,column,value"];
  form.elements.numbers.value = [...header, ...lines].join("\n");
  run();
}

async function take(files) {
  if (!files.length) return;
  form.elements.numbers.value = await files[0].text();
  run();
}

const asked = new URLSearchParams(location.search);
for (const option of form.elements.what.options) {
  option.selected = [asked.get("claim"), asked.get("experiment")].includes(option.dataset.name);
}
form.addEventListener("submit", (event) => event.preventDefault() ?? run());
form.elements.file.addEventListener("change", () => take(form.elements.file.files));
$("right").addEventListener("click", () => example((x) => x));
$("single").addEventListener("click", () => example(Math.fround));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault() ?? take(event.dataTransfer.files));
