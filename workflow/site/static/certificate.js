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

// The address may ask for a selection too, as in certificate.html?verdict=reproduced.
for (const [key, value] of new URLSearchParams(location.search)) {
  if (form.elements[key]) form.elements[key].value = value;
}
form.hidden = false;
form.addEventListener("change", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", goToAddress);
window.addEventListener("load", goToAddress);
filter();
