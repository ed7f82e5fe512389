/** Pairs by key: arrows go along, X chooses (with Shift all between), A all, W does it, Z undoes, / searches, N turns the page. */

const PLACE = "pairs-place";
const TYPING = "input:not([type=checkbox]), select, textarea";

/** How many cards stand in one row of the grid, so that up and down mean what they look like. */
function columns(cards) {
  const top = cards[0].offsetTop;
  const next = cards.findIndex((card) => card.offsetTop !== top);
  return next < 0 ? cards.length : next;
}

function watch(form) {
  const cards = [...form.querySelectorAll("[data-pair]")];
  const ticks = cards.map((card) => card.querySelector("input[type=checkbox]"));
  const chosen = form.querySelector("[data-chosen]");
  const all = form.querySelector("[data-all]");
  const go = form.querySelector("[data-go]");
  let anchor = 0;

  const show = () => {
    const count = ticks.filter((tick) => tick.checked).length;
    chosen.textContent = count ? ` · ${count === 1 ? chosen.dataset.one : chosen.dataset.many.replace("{n}", count)}` : "";
    go.disabled = count === 0;
    for (const [index, card] of cards.entries()) card.dataset.ticked = String(ticks[index].checked);
  };

  const choose = (index, between) => {
    const wanted = !ticks[index].checked;
    const [from, to] = between ? [Math.min(anchor, index), Math.max(anchor, index)] : [index, index];
    for (let each = from; each <= to; each += 1) ticks[each].checked = between ? true : wanted;
    anchor = index;
    show();
  };

  const move = (by) => {
    const here = ticks.indexOf(document.activeElement);
    ticks[Math.max(0, Math.min(here < 0 ? 0 : here + by, ticks.length - 1))].focus();
  };

  form.addEventListener("change", (event) => {
    const index = ticks.indexOf(event.target);
    if (index >= 0) anchor = index;
    show();
  });
  all.hidden = false;
  all.addEventListener("click", () => {
    const wanted = ticks.some((tick) => !tick.checked);
    for (const tick of ticks) tick.checked = wanted;
    show();
  });
  form.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.confirm;
    if (words && !confirm(words)) {
      event.preventDefault();
      return;
    }
    sessionStorage.setItem(PLACE, String(Math.max(0, ticks.indexOf(document.activeElement))));
  });

  const kept = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (kept !== null) ticks[Math.min(Number(kept), ticks.length - 1)].focus();
  show();

  return {
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns(cards)),
    ArrowUp: () => move(-columns(cards)),
    x: (event) => {
      const index = ticks.indexOf(document.activeElement);
      if (index >= 0) choose(index, event.shiftKey);
    },
    a: () => all.click(),
    w: () => {
      if (!go.disabled) form.requestSubmit(go);
    },
  };
}

const form = document.querySelector("[data-pairs]");
const keys = {
  ...(form ? watch(form) : {}),
  z: () => document.querySelector("[data-undo]")?.requestSubmit(),
  n: () => document.querySelector('a[rel="next"]')?.click(),
  "/": () => document.getElementById("id_q")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.target.matches(TYPING)) return;
  const act = keys[event.key.startsWith("Arrow") ? event.key : event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act(event);
});
