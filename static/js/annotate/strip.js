/** The candidates of the selected object as cards, nine a page, the digit of each on its corner. */

import { h, oncePerFrame, safeLink } from "../lib/dom.js";
import { highlightOf, PAGE, shownCandidates } from "./actions.js";
import { isStale } from "./decisions.js";

function money({ price, currency }, language) {
  if (price === null || price === undefined || price === "") return "";
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency: currency || "EUR" }).format(price);
  } catch (error) {
    // A catalogue may carry a code that Intl does not know: the plain figures still help.
    if (error instanceof RangeError) return `${price} ${currency}`;
    throw error;
  }
}

function meter(percent) {
  const fill = h("span");
  fill.style.width = `${percent}%`;
  return h("span", { class: "meter", "aria-hidden": true }, fill);
}

function card(candidate, { index, object, highlighted, capOf, t, language }) {
  const digit = (index % PAGE) + 1;
  const cap = capOf(digit);
  const chosen = object.product === candidate.product && object.grade !== "none" ? object.grade : null;
  const link = safeLink(candidate.url);
  const price = money(candidate, language);
  const score = candidate.score === undefined ? null : Math.max(Math.round(candidate.score * 100), 0);
  return h("li", { class: "card", "data-highlighted": highlighted, "data-grade": chosen, "data-testid": `card-${digit}` },
    h("button", {
      type: "button", class: "card-pick", "data-pick": index, tabindex: highlighted ? 0 : -1,
      "aria-label": t("card_label", { n: digit, title: candidate.title, brand: candidate.brand ?? "", price }),
      "aria-current": highlighted ? "true" : null, title: t("card_hint"),
    },
    h("span", { class: "card-picture" }, h("img", { src: candidate.image_url, alt: "", decoding: "async" })),
    h("span", { class: "card-title", text: candidate.title }),
    h("span", { class: "card-meta" }, h("span", { class: "card-brand", text: candidate.brand ?? "" }),
      price && h("span", { class: "card-price", text: price })),
    score !== null && h("span", { class: "card-score" }, meter(score),
      h("span", { text: t("similarity", { n: score }) }))),
    cap && h("kbd", { class: "card-key", "aria-hidden": "true", text: cap }),
    chosen && h("span", { class: "card-grade", text: t(`grade_${chosen}`) }),
    h("span", { class: "card-tools" },
      h("button", { type: "button", class: "card-tool", "data-similar": index, tabindex: -1, title: t("mark_similar"),
        "aria-label": t("mark_similar"), text: "≈" }),
      link && h("a", { class: "card-tool", href: link, target: "_blank", rel: "noopener noreferrer nofollow", tabindex: -1,
        title: t("open_shop"), "aria-label": t("open_shop"), text: "↗" })));
}

/** @param {{root, pager, note, store, actions, capOf: (n) => string, t, language}} parts `capOf` is the key of the n-th card */
export function createStrip({ root, pager, note, store, actions, capOf, t, language }) {
  let drawn = "";

  function noteFor(view, object) {
    if (!object) return "";
    if (view.results) return view.results.length ? t("search_results", { n: view.results.length }) : t("search_empty");
    if (object.asking === "waiting") return t("looking_again");
    if (object.asking === "failed") return t("looking_failed");
    return object.candidates.length ? "" : t("no_candidates");
  }

  function draw() {
    const view = store.view();
    const object = store.selected();
    const shown = shownCandidates(view, object);
    const at = highlightOf(view, object);
    const page = Math.floor(at / PAGE);
    const key = JSON.stringify([object, Boolean(view.results), at, shown.map(({ product }) => product)]);
    if (key === drawn) return;
    drawn = key;
    const from = page * PAGE;
    root.dataset.stale = Boolean(object && isStale(object) && !view.results);
    root.replaceChildren(...(object ? shown.slice(from, from + PAGE) : []).map((candidate, offset) =>
      card(candidate, { index: from + offset, object, highlighted: from + offset === at, capOf, t, language })));
    root.querySelector("[data-highlighted=true]")?.scrollIntoView({ block: "nearest" });
    const pages = Math.ceil(shown.length / PAGE);
    pager.hidden = pages < 2;
    pager.querySelector("[data-page]").textContent = t("page_of", { n: page + 1, total: pages });
    note.textContent = noteFor(view, object);
    note.hidden = !note.textContent;
  }

  function click(event) {
    const pick = event.target.closest("[data-pick]");
    const similar = event.target.closest("[data-similar]");
    if (similar) actions.pick(Number(similar.dataset.similar), "similar");
    else if (pick) actions.pick(Number(pick.dataset.pick), event.shiftKey ? "similar" : "exact");
  }

  root.addEventListener("click", click);
  const stop = store.observe(oncePerFrame(draw));
  return {
    destroy() {
      stop();
      root.removeEventListener("click", click);
    },
  };
}
