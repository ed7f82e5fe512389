/** Beside the grid: the selected tag larger, other products it might be, and a search whose first results are one's own. */

import { h, safeLink } from "../lib/dom.js";
import { cropPicture } from "../annotate/crops.js";

export const SHOWN = 9;
const WAIT_MS = 150;

function choice(product, index, { highlighted, t }) {
  const price = product.price && `${product.price} ${product.currency}`;
  return h("li", {},
    h("button", {
      type: "button", class: "choice-card", "data-pick": index, "data-highlighted": highlighted, "data-testid": `choice-${index + 1}`,
      "aria-label": t("choice_label", { n: index + 1, title: product.title, brand: product.brand ?? "" }),
    },
    h("kbd", { "aria-hidden": "true", text: index + 1 }),
    h("span", { class: "choice-picture" }, product.image_url && h("img", { src: product.image_url, alt: "", loading: "lazy" })),
    h("span", { class: "choice-text" }, h("span", { class: "choice-title", text: product.title }),
      h("span", { class: "faint", text: [product.own && t("yours"), product.brand, price].filter(Boolean).join(" · ") }))));
}

/**
 * @param {{parts: {preview, facts, choices, note, query}, queue, search: (q, vertical, signal) => Promise<{results, own}>,
 *   look: (scene) => string, history: (tag) => string, pick: (product) => void, clock, t, onError}} parts
 */
export function createPanel({ parts, queue, search, look, history, pick, clock, t, onError }) {
  let results = null;
  let highlight = 0;
  let abort = null;
  let timer = null;
  let drawn = "";

  const offered = () => (results ?? queue.current()?.candidates ?? []).slice(0, SHOWN);

  function drawPreview(card) {
    const product = card.product.image_url && h("img", { src: card.product.image_url, alt: card.product.title });
    parts.preview.replaceChildren(cropPicture(card.box, card.scene, {}, { pad: 0.3, aspect: 1, frame: true }), product || h("span"));
    const link = safeLink(card.product.url);
    parts.facts.replaceChildren(
      h("strong", { text: card.product.title }),
      h("span", { class: "faint", text: [card.category, t(`origin_${card.origin}`), t(`grade_${card.grade}`)].join(" · ") }),
      h("span", { class: "faint", text: card.reason }),
      h("span", { class: "links" },
        h("a", { href: look(card.scene), target: "_blank", text: t("to_look") }),
        h("a", { href: history(card.tag), target: "_blank", text: t("to_history") }),
        link && h("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow", text: t("to_shop") })));
  }

  function draw() {
    const card = queue.current();
    const key = JSON.stringify([card?.tag, card?.product.product, card?.ruling, results?.map(({ product }) => product), highlight]);
    if (key === drawn) return;
    drawn = key;
    parts.query.disabled = !card;
    if (!card) {
      for (const name of ["preview", "facts", "choices"]) parts[name].replaceChildren();
      parts.note.textContent = "";
      return;
    }
    drawPreview(card);
    const products = offered();
    parts.choices.replaceChildren(...products.map((product, index) =>
      choice(product, index, { highlighted: results !== null && index === highlight, t })));
    parts.note.textContent = products.length ? "" : t(results ? "nothing_found" : "no_candidates");
  }

  function clear() {
    clock.cancel(timer);
    abort?.abort();
    results = null;
    highlight = 0;
    parts.query.value = "";
    draw();
  }

  async function run() {
    const q = parts.query.value.trim();
    const card = queue.current();
    abort?.abort();
    if (!q || !card) {
      results = null;
      return draw();
    }
    abort = new AbortController();
    const { signal } = abort;
    try {
      const found = await search(q, card.vertical, signal);
      if (signal.aborted) return undefined;
      results = found.results.map((product, index) => ({ ...product, own: index < found.own }));
      highlight = 0;
      draw();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    return undefined;
  }

  parts.query.addEventListener("input", () => {
    clock.cancel(timer);
    timer = clock.later(run, WAIT_MS);
  });
  parts.choices.addEventListener("click", (event) => {
    const index = event.target.closest("[data-pick]")?.dataset.pick;
    if (index !== undefined) pick(offered()[Number(index)]);
  });

  return {
    draw, clear,
    open() {
      parts.query.focus();
      parts.query.select();
    },
    move(step) {
      highlight = Math.min(Math.max(highlight + step, 0), Math.max(offered().length - 1, 0));
      draw();
    },
    /** What the search found and the highlight is on; null before anything was found. */
    highlighted: () => (results ? offered()[highlight] ?? null : null),
    nth: (index) => offered()[index] ?? null,
  };
}
