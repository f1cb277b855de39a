// Shows the claims that the form asks for; a claim that the address names is always shown.
// Its address: certificate.html?search=0.0050024&article=trask-notebook&kind=number&verdict=proven#source/claim[0]
const form = document.getElementById("filter");
const body = document.querySelector("#claims tbody");
const rows = [...body.rows];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase().replace(/\s+/g, " ") + row.id]));
const LEAST_DIGITS = 4; // fewer leading digits in common mean nothing

// The rows with all words; of a number that nobody printed, those that share the most leading digits with it.
function find(text) {
  const having = (words) => rows.filter((row) => words.every((word) => texts.get(row).includes(word)));
  const isNumber = /^-?\d*\.?\d+(e[-+]?\d+)?$/.test(text);
  let [part, found] = [text, having(text.toLowerCase().split(" "))];
  while (isNumber && !found.length && part.replace(/^-?[0.]+/, "").length > LEAST_DIGITS) {
    part = part.slice(0, -1);
    found = having([part]);
  }
  return [found, found.length && part !== text ? `No claim has ${text}. These begin with ${part}:` : ""];
}

function filter() {
  const { search, ...wanted } = Object.fromEntries(new FormData(form));
  const [found, remark] = find(search.trim());
  const isWanted = (row) => Object.entries(wanted).every(([key, value]) => !value || row.dataset[key] === value);
  const shown = found.filter(isWanted);
  for (const row of rows) row.hidden = !shown.includes(row);
  form.elements.shown.value = `${remark} ${shown.length} of ${rows.length} claims`.trim();
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `${query.size ? `?${query}` : location.pathname}${location.hash}`);
}

function goToAddress() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row?.hidden) form.reset();
  setTimeout(() => row?.scrollIntoView({ block: "center" })); // after the rows are shown
}

function sortBy(column, heading) {
  const down = heading.ariaSort === "ascending";
  for (const other of heading.parentElement.cells) other.ariaSort = "none";
  heading.ariaSort = down ? "descending" : "ascending";
  const key = (row) => row.cells[row.cells.length > 3 ? column : column && 2]?.textContent ?? "";
  const number = (row) => (/^-?\d/.test(key(row)) ? parseFloat(key(row)) : NaN);
  rows.sort((a, b) => number(a) - number(b) || key(a).localeCompare(key(b), "en", { numeric: true }));
  body.append(...(down ? rows.reverse() : rows));
}

for (const [key, value] of new URLSearchParams(location.search)) Object.assign(form.elements[key] ?? {}, { value });
form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelectorAll("#claims thead th").forEach((heading, column) => {
  heading.addEventListener("click", () => sortBy(column, heading));
});
addEventListener("hashchange", goToAddress);
addEventListener("load", goToAddress);
filter();
