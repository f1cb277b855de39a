// A button to copy each text that is there to be copied.
for (const text of document.querySelectorAll("[data-copy]")) {
  const label = { textContent: "Copy", ariaLabel: `Copy: ${text.dataset.copy}` };
  const button = Object.assign(document.createElement("button"), label);
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text); // for a browser that does not let a page write to the clipboard
    const isCopied = await navigator.clipboard?.writeText(text.textContent).then(() => true, () => false);
    button.textContent = isCopied ? "Copied" : "Selected";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  text.before(button);
}
