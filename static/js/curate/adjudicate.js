/** The adjudicator's keys: a digit chooses an answer while the form has the focus, Enter rules. */

for (const form of document.querySelectorAll("[data-adjudicate]")) {
  const answers = [...form.querySelectorAll("input[type=radio]")];

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = /^[1-9]$/.test(event.key) ? answers[Number(event.key) - 1] : null;
    if (chosen) {
      event.preventDefault();
      chosen.checked = true;
      chosen.focus();
    } else if (event.key === "Enter" && event.target.type === "radio") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
