/** The cells of the owner's queue: a crop beside the product that is said to be in it. Writes nothing but what one sees. */

import { h, setAttributes } from "../lib/dom.js";
import { cropPicture } from "../annotate/crops.js";

const MARKS = { approve: "✓", hide: "✕", correct: "✎" };
/** How a cell looks, in the words of the annotators' bursts. */
const LOOKS = { approve: "accepted", hide: "struck", correct: "changed" };
const CROP = { pad: 0.18, aspect: 1, frame: true };

function button(command, text) {
  return h("button", { type: "button", class: "button button-small", "data-command": command, text });
}

function createCell(card, { t }) {
  const product = h("img", { alt: "", decoding: "async" });
  const [mark, name, note] = ["cell-mark", "cell-name", "cell-note"].map((kind) => h("span", { class: kind }));
  const tools = h("span", { class: "cell-tools" },
    button("approve", t("approve")), button("hide", t("hide")), button("search", t("correct")));
  const node = h("li", { class: "cell", id: `cell-${card.tag}`, "data-cell": card.tag },
    h("span", { class: "cell-pictures" },
      cropPicture(card.box, card.scene, { class: "cell-crop" }, CROP),
      h("span", { class: "cell-product" }, product)),
    mark, h("span", { class: "cell-text" }, name, note), tools);
  return {
    node,
    update({ card: now, number, selected }) {
      const state = now.ruling ? t(now.ruling.wrong ? "ruled_wrong" : `ruled_${now.ruling.ruling}`) : t("open");
      setAttributes(product, { src: now.product.image_url });
      product.hidden = !now.product.image_url;
      mark.textContent = now.ruling ? MARKS[now.ruling.ruling] : "";
      mark.hidden = !now.ruling;
      name.textContent = now.product.title;
      note.textContent = now.ruling ? state : now.product.own ? t("yours") : now.product.brand;
      setAttributes(node, {
        "data-state": LOOKS[now.ruling?.ruling] ?? "open", "data-ruling": now.ruling?.ruling ?? "open", "data-selected": selected, "data-testid": `cell-${number}`,
        "data-own": now.product.own, tabindex: selected ? 0 : -1, "aria-current": selected ? "true" : null,
        "aria-label": t("cell_label", { n: number, product: now.product.title, category: now.category, state }),
      });
      for (const tool of tools.children) tool.tabIndex = selected ? 0 : -1;
    },
  };
}

/** @param {{root: HTMLElement, queue, t}} parts */
export function createBoard({ root, queue, t }) {
  const cells = new Map();
  let shown = null;

  function draw() {
    const { selected } = queue.view();
    const cards = queue.cards();
    if (cards !== shown) cells.clear();
    const turned = cards !== shown;
    shown = cards;
    cards.forEach((card, index) => {
      if (!cells.has(card.tag)) cells.set(card.tag, createCell(card, { t }));
      cells.get(card.tag).update({ card, number: index + 1, selected: card.tag === selected });
    });
    if (turned) root.replaceChildren(...cards.map(({ tag }) => cells.get(tag).node));
    root.hidden = !cards.length;
  }

  // Focus that arrives by Tab or a screen reader selects.
  root.addEventListener("focusin", (event) => {
    const tag = Number(event.target.closest("[data-cell]")?.dataset.cell);
    if (tag && tag !== queue.view().selected) queue.select(tag);
  });
  root.addEventListener("pointerdown", (event) => {
    const tag = Number(event.target.closest("[data-cell]")?.dataset.cell);
    if (tag) queue.select(tag);
  });

  return {
    draw,
    focus({ scroll = true } = {}) {
      const node = cells.get(queue.view().selected)?.node;
      node?.focus({ preventScroll: true });
      if (scroll) node?.scrollIntoView({ block: "nearest" });
    },
    columns: () => getComputedStyle(root).gridTemplateColumns.split(" ").length,
  };
}
