// Shows the claims that the form asks for; a claim that the address names is always shown.
const form = document.getElementById("filter");
const rows = [...document.querySelectorAll("#claims tbody tr")];

function filter() {
  const wanted = new FormData(form);
  let shown = 0;
  for (const row of rows) {
    row.hidden = ["article", "kind", "verdict"].some((key) => wanted.get(key) && wanted.get(key) !== row.dataset[key]);
    shown += !row.hidden;
  }
  form.elements.shown.value = `${shown} of ${rows.length} claims`;
}

function goToAddress() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row && row.hidden) {
    form.reset();
    filter();
  }
  if (row) row.scrollIntoView({ block: "center" });
}

form.addEventListener("change", filter);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", goToAddress);
window.addEventListener("load", goToAddress);
filter();
