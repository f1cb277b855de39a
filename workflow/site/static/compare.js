// Compares numbers of the reader's program with certified ones, as scripts/compare.py does; nothing leaves the page.
// Its address: compare.html?experiment=xor, or compare.html?claim=cocalc-simple-nn/error-log
const form = $("port");
const WRONG = 2 ** 14.5; // a ratio beyond this is nearer to single precision than to rounding in double precision
const OF_SINGLE = 2 ** 29; // how much more single precision loses
const ASK = " scripts/compare.py can train again, and so tell more.";
const REFERENCES = {}; // by experiment; each is a script of its own, which is loaded when it is wanted

// Exact arithmetic on decimals m · 10^e; every double is one.
const ZERO = { m: 0n, e: 0 };
const binary = (m, power) => (power < 0 ? { m: m * 5n ** BigInt(-power), e: power } : { m: m << BigInt(power), e: 0 });
const toDouble = ({ m, e }) => Number(`${m}e${e}`);
const scaled = ({ m, e }, least) => m * 10n ** BigInt(e - least);
const greater = (a, b) => (minus(a, b).m > 0n ? a : b);
const distance = (a, b) => greater(minus(a, b), minus(b, a));

function minus(a, b) {
  const e = Math.min(a.e, b.e);
  return { m: scaled(a, e) - scaled(b, e), e };
}

function ofDouble(x) {
  let power = 0;
  for (; !Number.isInteger(x); power--) x *= 2;
  return binary(BigInt(x), power);
}

// From a double to the next, away from zero.
function spacing(x) {
  const next = new BigInt64Array(new Float64Array([x]).buffer).map((bits) => bits + 1n);
  return Math.abs(new Float64Array(next.buffer)[0] - x);
}

// A number as it is written, with its exact value, which NaN and infinities lack; undefined of what is no number.
function written(text) {
  const plain = text.trim().toLowerCase();
  if (/^[-+]?(nan(\(.*\))?|na|inf(inity)?|1\.#\w+)$/.test(plain)) return { text };
  const hex = /^([-+]?)0x([0-9a-f]+)\.?([0-9a-f]*)(?:p([-+]?\d{1,4}))?$/.exec(plain);
  if (hex) {
    const m = BigInt(`0x${hex[2]}${hex[3]}`);
    const value = binary(hex[1] === "-" ? -m : m, Number(hex[4] ?? 0) - 4 * hex[3].length);
    return { text, value, error: ZERO };
  }
  const value = decimal(plain.replace("d", "e"));
  return value ? { text, value, digits: value.m ? String(value.m).replace("-", "").length : 0 } : undefined;
}

// How far each number may be from the one that was printed: half a unit of the last digit of their common notation, and
// as a decimal is seldom a double, half the distance of the doubles there. Whole numbers alone do not tell their decimals.
function addErrors(numbers) {
  const decimals = numbers.filter((one) => one.digits !== undefined);
  const last = decimals.reduce((least, one) => Math.min(least, one.value.e), 0);
  const digits = decimals.reduce((most, one) => Math.max(most, one.digits), last < 0 ? 0 : 5);
  for (const one of decimals) {
    const nearest = toDouble(one.value);
    const unit = one.value.m ? Math.max(one.digits + one.value.e - digits, last < 0 ? last : -Infinity) : last;
    const half = one.value.m || last < 0 ? { m: 5n, e: unit - 1 } : ZERO;
    const isDouble = !Number.isFinite(nearest) || minus(ofDouble(nearest), one.value).m === 0n;
    one.error = isDouble ? half : greater(half, ofDouble(spacing(nearest) / 2));
  }
  return numbers;
}

// How far a number is from another at least, as a multiple of the spread.
function ratioOf({ value, error }, exact, spread) {
  const deviation = value ? toDouble(greater(minus(distance(value, exact), error), ZERO)) : Infinity;
  return deviation === 0 ? 0 : deviation / (spread ?? NaN);
}

// The log relative error of a number, rounded down to a tenth; at most the digits that it shows.
function rightDigits({ value, digits = 17 }, exact) {
  if (!value) return 0;
  const error = distance(value, exact);
  if (!error.m) return digits;
  const relative = toDouble(error) / (Math.abs(toDouble(exact)) || 1);
  return Math.max(0, Math.min(digits, Math.floor(-10 * Math.log10(relative)) / 10));
}

const named = ([epoch, moment, quantity, row, column]) =>
  `${quantity}[${row}, ${column}] of epoch ${epoch}${moment === "after" ? " after the update" : ""}`;

// The numbers of a port's file, each with its place; raises an error that names the line.
function readPort(text, { known, epochs }) {
  const table = text.split(/\r\n|\n|\r/).map((line) => line.split(",").map((cell) => cell.trim()));
  const header = table.shift();
  const missing = ["epoch", "quantity", "value"].find((name) => !header.includes(name));
  if (missing) throw new Error(`line 1: expected a header with the columns epoch, quantity and value, no ${missing}`);
  const kinds = new Set([...known.keys()].map((key) => key.replace(/^\d+/, "")));
  const port = new Map();
  table.forEach((cells, index) => {
    if (!cells.some(Boolean)) return;
    const check = (found, what) => {
      if (!found) throw new Error(`line ${index + 2}: ${what}`);
      return found;
    };
    check(cells.length === header.length, `expected ${header.length} values, as in the header, got ${cells.length}`);
    const row = Object.fromEntries(header.map((name, i) => [name, cells[i]]));
    check(/^\d+$/.test(row.epoch) && row.epoch < epochs, `epoch ${row.epoch}: the epochs are 0 to ${epochs - 1}`);
    const [epoch, ...where] = [row.epoch, row.row || 0, row.column || 0].map(Number);
    const place = [epoch, row.moment || "before", row.quantity, ...where];
    check(kinds.has(`,${place.slice(1)}`), `there is no ${named(place)}`);
    check(!port.has(`${place}`), `${named(place)} stands twice`);
    port.set(`${place}`, { ...check(written(row.value), `expected a number, got ${row.value}`), place });
  });
  for (const numbers of Map.groupBy(port.values(), ({ place }) => place[2]).values()) addErrors(numbers);
  return [...port.values()];
}

// The plain numbers of a claim, as a program prints them.
function readClaim(text, places) {
  const words = text.replace(/^.*:|[\][(),;]/gm, " ").split(/\s+/).filter(Boolean);
  const numbers = words.map((word, index) => {
    const number = written(word);
    if (!number) throw new Error(`expected a number, got ${word}`);
    return { ...number, place: places[index] };
  });
  if (numbers.length !== places.length) throw new Error(`expected ${places.length} numbers, got ${numbers.length}`);
  return addErrors(numbers);
}

const isAtStart = ({ place: [epoch, moment] }) => epoch === 0 && moment === "before";

// Each number that is known, held against its certified value, and the verdict.
function compare(port, { known, spread, usual, steps, isClaim }) {
  const isKnown = ({ place }) => known.has(`${place}`) && (place[0] in spread || !Object.keys(spread).length);
  const numbers = port.filter(isKnown).map((one) => {
    const { exact, portable, rank } = known.get(`${one.place}`);
    const both = [one, { value: ofDouble(portable), error: ZERO }];
    const [value, most] = [decimal(exact), spread[one.place[0]]];
    const ratios = both.map((it) => ratioOf(it, value, most));
    return { ...one, exact, rank, ratios, spread: most, right: both.map((it) => rightDigits(it, value)) };
  });
  numbers.sort((a, b) => a.rank - b.rank);
  const wrong = numbers.find((one) => one.ratios[0] > WRONG);
  const worst = numbers.reduce((a, b) => (b.ratios[0] > a.ratios[0] ? b : a), numbers[0]);
  const bound = Math.max(1, ...numbers.map(({ place }) => usual[place[0]] ?? 1));
  const isStart = wrong && isAtStart(wrong) && wrong.place[2].startsWith("weights");
  const made = wrong && `${steps[wrong.place[2]] ?? "the forward pass"}, or before it`;
  const step = wrong ? ` The mistake is in ${isStart ? "the starting weights" : made}.` : "";
  const [verdict, reason] = judge(numbers, wrong, worst, bound, isClaim);
  return { verdict, reason, step, wrong, worst, numbers, left: port.length - numbers.length };
}

// In the order of scripts/lastdigit/comparison.py.
function judge(numbers, wrong, worst, bound, isClaim) {
  if (!numbers.length) return ["unclear", "None of these numbers is in the reference." + ASK];
  if (worst.spread === undefined) return ["digits only", "What rounding may do was not measured in this build."];
  const how = wrong?.value ? "by far more than rounding can explain" : "for it is not finite";
  if (wrong) return ["wrong", `${named(wrong.place)} is the first number that is wrong, ${how}.`];
  const [times, usual] = [worst.ratios[0], bound].map((x) => `${x.toPrecision(2)} times`);
  const beyond = `${times} as much as rounding alone did in 64 runs, where ${usual} is still usual`;
  if (worst.ratios[0] > bound) return ["unclear", `${named(worst.place)} deviates ${beyond}.`];
  const told = numbers.filter((one) => Math.abs(Number(one.exact)) > WRONG * one.spread);
  if (!told.length) return ["unclear", "Rounding alone leaves no digit of these numbers; show earlier epochs."];
  const precise = told.filter((one) => toDouble(one.error) < OF_SINGLE * one.spread);
  if (!precise.length) return ["unclear", "So few digits would be right in single precision, too; print 17."];
  if (!isClaim && precise.every(isAtStart)) return ["unclear", "None comes after an update; show later epochs, too."];
  return ["right", `All ${numbers.length} numbers are right, as far as rounding in double precision allows.`];
}

function show({ verdict, reason, step, wrong, worst, numbers, left }, { what, isClaim }) {
  $("verdict").className = `verdict ${verdict}`;
  $("verdict").textContent = verdict;
  const rest = left && numbers.length ? ` Not in the reference: ${left} of these numbers.${ASK}` : "";
  $("reason").textContent = reason + step + rest;
  $("mistake").hidden = verdict === "right";
  $("file").textContent = what.split(" ").at(-1);
  $("command").textContent = `.venv/bin/python scripts/compare.py ${what}`;
  for (const id of ["epochs", "numbers"]) $(id).replaceChildren();
  for (const [epoch, here] of Map.groupBy(numbers, ({ place }) => place[0])) {
    const least = [0, 1].map((i) => Math.min(...here.map((one) => one.right[i])).toFixed(1));
    const most = [0, 1].map((i) => Math.max(...here.map((one) => one.ratios[i])));
    const ratios = most.map((x) => (Number.isNaN(x) ? "–" : x.toPrecision(2).replace("Infinity", "∞")));
    addRow($("epochs"), epoch, here.length, ...least, ...ratios).classList.toggle("bad", most[0] > WRONG);
  }
  for (const one of numbers.filter(({ place }) => isClaim || place[0] === (wrong ?? worst).place[0])) {
    // One that does not deviate, as far as its digits tell, is right in all of them.
    const right = one.digits >= 0 ? correctDigits(one.text, one.exact, one.ratios[0] === 0 && one.text) : undefined;
    const row = addRow($("numbers"), named(one.place), coloured(one.text, right), coloured(one.exact));
    row.classList.toggle("bad", one === wrong);
  }
  $("result").hidden = false;
}

// The reference of what is chosen, loaded as a script, because a page opened from a file may not read files.
async function load() {
  const [name, claim] = form.elements.what.value.split(" ");
  if (!REFERENCES[name]) {
    await new Promise((onload, failed) => {
      const onerror = () => failed(new Error(`the reference of ${name} cannot be read`));
      document.head.append(element("script", { src: `_static/reference-${name}.js`, onload, onerror }));
    });
  }
  const { numbers, claims, ...rest } = REFERENCES[name];
  const all = claim ? claims[claim] : numbers;
  const known = new Map(all.map(([place, exact, portable], rank) => [`${place}`, { exact, portable, rank }]));
  const what = claim ? `--claim ${claim} numbers.txt` : `${name} numbers.csv`; // for compare.py
  return { what, isClaim: Boolean(claim), places: all.map(([place]) => place), known, ...rest };
}

async function run() {
  try {
    const text = form.elements.numbers.value;
    if (!text.trim()) throw new Error("Paste numbers, or drop a file.");
    const reference = await load();
    const port = reference.isClaim ? readClaim(text, reference.places) : readPort(text, reference);
    show(compare(port, reference), reference);
    $("said").value = "";
  } catch (error) {
    $("result").hidden = true;
    $("said").value = error.message;
  }
}

// The portable run in the form of a port's file, as it is or after a change of each number.
async function example(change) {
  const { isClaim, known } = await load();
  const lines = [...known].map(([key, { portable }]) => (isClaim ? "" : `${key},`) + change(portable));
  form.elements.numbers.value = (isClaim ? "" : "epoch,moment,quantity,row,column,value\n") + lines.join("\n");
  run();
}

async function take([file]) {
  if (file) form.elements.numbers.value = await file.text();
  if (file) run();
}

const asked = new URLSearchParams(location.search);
const names = [asked.get("claim"), asked.get("experiment")];
for (const option of form.elements.what.options) option.selected = names.includes(option.dataset.name);
form.addEventListener("submit", (event) => event.preventDefault() ?? run());
form.elements.file.addEventListener("change", () => take(form.elements.file.files));
$("right").addEventListener("click", () => example((x) => x));
$("single").addEventListener("click", () => example(Math.fround));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault() ?? take(event.dataTransfer.files));
