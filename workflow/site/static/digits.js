// Printed numbers: the notations of the articles, and which digits of a string are right, compared exactly.

const $ = (id) => document.getElementById(id);
const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

function addRow(body, heading, ...contents) {
  const row = body.insertRow();
  row.append(element("th", { scope: "row", textContent: heading }));
  for (const content of contents) row.insertCell().append(content);
  return row;
}

// A decimal string as m · 10^e, both exact; null if it is no finite number.
function decimal(text) {
  const parts = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text.trim());
  if (!parts || !(parts[2] + parts[3]) || Math.abs(parts[4] || 0) > 9999) return null;
  const m = BigInt(parts[2] + parts[3]);
  return { m: parts[1] === "-" ? -m : m, e: Number(parts[4] || 0) - parts[3].length };
}

// The whole number of units 10^place in a decimal, what is left being cut off.
const cut = ({ m, e }, place) => (e >= place ? m * 10n ** BigInt(e - place) : m / 10n ** BigInt(place - e));

// What a program prints for some doubles: "python2-str", "python3-repr", or the elements of one NumPy array.
function printNumbers(notation, values) {
  const pythons = (exponential) => exponential.replace(/e([-+])(\d)$/, "e$10$2");
  const sign = (x, text) => (Object.is(x, -0) ? `-${text}` : text);
  if (values.some((x) => !Number.isFinite(x))) return values.map(String);
  if (notation !== "numpy-array") {
    return values.map((x) => {
      const short = notation === "python2-str" ? x.toExponential(11).replace(/\.?0+e/, "e") : x.toExponential();
      const power = Number(short.split("e")[1]);
      if (power < -4 || power >= (notation === "python2-str" ? 12 : 16)) return pythons(short);
      const digits = short.split("e")[0].replace(/[-.]/g, "").length;
      return sign(x, x.toFixed(Math.max(1, digits - 1 - power)));
    });
  }
  const sizes = values.filter((x) => x !== 0).map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (sizes.length && (most >= 1e8 || least < 1e-4 || most / least > 1000)) {
    const texts = values.map((x) => sign(x, pythons(x.toExponential(8))));
    const shared = Math.min(...texts.map((text) => /(0*)e/.exec(text)[1].length)); // zeros that all end in
    return texts.map((text) => text.replace(`${"0".repeat(shared)}e`, "e"));
  }
  return values.map((x) => sign(x, x.toFixed(8).replace(/0+$/, "")));
}

// How many leading digits of a string are right: all of a correct rounding, else those of the certified number.
function correctDigits(text, certified, best) {
  const shown = text.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+(?=.)/, "").length; // of a zero one
  if (text === best) return shown;
  const [mine, exact] = [decimal(text), decimal(certified)];
  if (!mine) return 0;
  for (let wrong = 1; wrong < shown; wrong++) {
    if (cut(exact, mine.e + wrong) === cut(mine, mine.e + wrong)) return shown - wrong;
  }
  return 0;
}

// A string as an element, its wrong digits marked; without a number of right ones, nothing is said of it.
function coloured(text, right) {
  const code = element("code", { className: "digits" });
  const add = (className, textContent) => textContent && code.append(element("span", { className, textContent }));
  if (right === undefined) add("unknown", text);
  else if (!right) add("wrong", text);
  else {
    const [, mantissa, power] = /^([^e]*)(.*)$/i.exec(text);
    let place = mantissa.search(/[1-9]/);
    if (place < 0) place = mantissa.length - 1;
    for (let left = right; left && place < mantissa.length; place++) left -= /\d/.test(mantissa[place]);
    add("right", mantissa.slice(0, place));
    add("wrong", mantissa.slice(place));
    add("right", power);
  }
  return code;
}
