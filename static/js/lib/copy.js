/** Buttons that copy the text of the element they name. Delegated, since parts of the page may be replaced. */

const SHOWN_MS = 1600;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch (error) {
    // Without the clipboard (no https, no leave) the text is selected, and one key copies it.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    getSelection().selectAllChildren(source);
    return;
  }
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = label; }, SHOWN_MS);
});
