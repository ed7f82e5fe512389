/** Suspicious pairs by key: arrows go along, B sends back, K keeps. The place is kept while the page is made anew. */

const PLACE = "suspects-place";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

for (const list of document.querySelectorAll("[data-suspects]")) {
  const cards = [...list.querySelectorAll("[data-suspect]")];

  const go = (index) => {
    const card = cards[Math.max(0, Math.min(index, cards.length - 1))];
    for (const each of cards) each.tabIndex = each === card ? 0 : -1;
    card.focus();
  };

  list.addEventListener("keydown", (event) => {
    const place = cards.indexOf(event.target.closest("[data-suspect]"));
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const form = { b: "[data-send]", k: "[data-keep]" }[event.key.toLowerCase()];
    if (event.key in STEPS) {
      event.preventDefault();
      go(place + STEPS[event.key]);
    } else if (form) {
      event.preventDefault();
      sessionStorage.setItem(PLACE, String(place));
      cards[place].querySelector(form).requestSubmit();
    }
  });

  const kept = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (kept !== null) go(Number(kept));
}
