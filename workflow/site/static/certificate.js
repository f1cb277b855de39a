// Shows the claims that the form asks for; a claim that the address names is always shown.
const form = document.getElementById("filter");
const body = document.querySelector("#claims tbody");
const rows = [...body.rows];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase().replace(/\s+/g, " ") + row.id]));
const KEYS = ["search", "article", "kind", "verdict"];
const LEAST_DIGITS = 4; // fewer leading digits in common mean nothing

// The rows with all words; of a number that nobody printed, those that share the most leading digits with it.
function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const having = (sought) => new Set(rows.filter((row) => sought.every((word) => texts.get(row).includes(word))));
  const found = having(words);
  if (found.size || !/^-?\d*\.?\d+(e[-+]?\d+)?$/.test(text.trim())) return [found, ""];
  for (let part = text.trim(); part.replace(/^-?[0.]+/, "").length > LEAST_DIGITS; ) {
    part = part.slice(0, -1);
    const close = having([part]);
    if (close.size) return [close, `No claim has ${text.trim()}. These begin with ${part}:`];
  }
  return [found, ""];
}

function filter() {
  const wanted = new FormData(form);
  const [found, remark] = find(wanted.get("search"));
  for (const row of rows) {
    const isOther = (key) => wanted.get(key) && wanted.get(key) !== row.dataset[key];
    row.hidden = !found.has(row) || KEYS.slice(1).some(isOther);
  }
  const shown = rows.filter((row) => !row.hidden).length;
  form.elements.shown.value = `${remark} ${shown} of ${rows.length} claims`.trim();
  const query = new URLSearchParams(KEYS.map((key) => [key, wanted.get(key)]).filter(([, value]) => value));
  history.replaceState(null, "", `${query.size ? `?${query}` : location.pathname}${location.hash}`);
}

function goToAddress() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row && row.hidden) {
    form.reset();
    filter();
  }
  if (row) row.scrollIntoView({ block: "center" });
}

function sortBy(column, heading) {
  const down = heading.ariaSort === "ascending";
  for (const other of heading.parentElement.cells) other.ariaSort = "none";
  heading.ariaSort = down ? "descending" : "ascending";
  const key = (row) => row.cells[row.cells.length > 3 ? column : column && 2]?.textContent ?? "";
  const order = new Intl.Collator("en", { numeric: true }).compare;
  const number = (text) => (/^-?\d/.test(text) ? parseFloat(text) : NaN);
  rows.sort((a, b) => number(key(a)) - number(key(b)) || order(key(a), key(b)));
  body.append(...(down ? rows.reverse() : rows));
}

for (const [key, value] of new URLSearchParams(location.search)) {
  if (KEYS.includes(key)) form.elements[key].value = value;
}
form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelectorAll("#claims thead th").forEach((heading, column) => {
  heading.addEventListener("click", () => sortBy(column, heading));
});
addEventListener("hashchange", goToAddress);
addEventListener("load", goToAddress);
filter();
