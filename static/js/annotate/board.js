/** The cells of a burst: a crop each, in a match burst beside its product. Reads the store, writes nothing but what one sees. */

import { h, setAttributes } from "../lib/dom.js";
import { cropPicture } from "./crops.js";
import { cellOf } from "./decisions.js";
import { cellWidth } from "./geometry.js";
import { isBurst } from "./kinds.js";
import { inSight } from "./sight.js";

const MARKS = { accepted: "✓", struck: "✕", changed: "✎", none: "0", rejected: "✕" };
const LOOK = { pad: 0.18, aspect: 1, frame: true };
const GAP = 10;
const SIZES = {
  match_burst: { least: 224, most: 380, shape: 2, foot: 31, gap: GAP },
  box_burst: { least: 128, most: 250, shape: 1, foot: 31, gap: GAP },
};

function createCell(object, { nameOf, t }) {
  const product = h("img", { alt: "", decoding: "async" });
  const pair = h("span", { class: "cell-pictures" }, cropPicture(object.box, object.scene, { class: "cell-crop" }, LOOK),
    !object.boxOnly && h("span", { class: "cell-product" }, product));
  const [mark, name, note] = ["cell-mark", "cell-name", "cell-note"].map((kind) => h("span", { class: kind }));
  const node = h("div", { class: "cell", role: "option", id: `cell-${object.uuid}`, "data-cell": object.uuid },
    pair, mark, h("span", { class: "cell-text" }, name, note));
  return {
    node,
    update({ object: now, number, selected }) {
      const cell = cellOf(now);
      const { picked, grade, category } = now;
      const state = cell === "changed" && grade === "similar" ? t("grade_similar") : t(`cell_${cell}`);
      // What was struck stays in sight, so that one sees what one struck.
      const card = picked ?? now.given.candidate;
      const thing = now.boxOnly ? nameOf(category) : card?.title ?? t("no_product");
      const sure = Math.round((now.boxOnly ? now.score : card?.score ?? 0) * 100);
      setAttributes(product, { src: card?.image_url ?? null });
      product.hidden = !card;
      mark.textContent = MARKS[cell];
      name.textContent = thing;
      note.textContent = [cell === "accepted" ? t("percent", { n: sure }) : state, now.flagged && "⚑", now.comment && "…"]
        .filter(Boolean).join(" ");
      setAttributes(node, {
        "data-state": cell, "data-selected": selected, "data-testid": `cell-${number}`, tabindex: selected ? 0 : -1,
        "aria-selected": cell !== "struck" && cell !== "rejected",
        "aria-label": t("cell_label", { n: number, thing, category: nameOf(category), state }),
      });
    },
  };
}

/** @param {{root: HTMLElement, store, strikes, actions, nameOf, t}} parts */
export function createBoard({ root, store, strikes, actions, nameOf, t }) {
  const cells = new Map();

  function draw(change) {
    const view = store.view();
    const objects = isBurst(view.kind) ? inSight(view, store.objects()) : [];
    if (change.reset) cells.clear();
    if (!objects.length) return void root.replaceChildren();
    const numbers = new Map(store.objects().map(({ uuid }, index) => [uuid, index + 1]));
    objects.forEach((object, index) => {
      if (!cells.has(object.uuid)) cells.set(object.uuid, createCell(object, { nameOf, t }));
      const cell = cells.get(object.uuid);
      cell.update({ object, number: numbers.get(object.uuid), selected: object.uuid === view.selected });
      if (root.children[index] !== cell.node) root.insertBefore(cell.node, root.children[index] ?? null);
    });
    while (root.children.length > objects.length) root.lastElementChild.remove();
    if (change.reset) fit();
    if (change.reset || (change.view && "selected" in change.view.after)) {
      cells.get(view.selected)?.node.scrollIntoView({ block: "nearest" });
    }
    return undefined;
  }

  /** As large as lets all be seen at once; a narrow page scrolls as a whole, and its cells are as wide as the style says. */
  function fit() {
    const size = SIZES[store.view().kind];
    const { paddingLeft, paddingRight, paddingTop, paddingBottom, overflowY } = getComputedStyle(root);
    if (!size || overflowY === "visible") return void root.style.removeProperty("--cell");
    const room = {
      width: root.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight),
      height: root.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom),
    };
    root.style.setProperty("--cell", `${cellWidth(root.children.length, room, size)}px`);
    return undefined;
  }

  const watcher = new ResizeObserver(fit);
  watcher.observe(root);

  const uuidOf = (event) => event.target.closest("[data-cell]")?.dataset.cell;

  root.addEventListener("click", (event) => uuidOf(event) && strikes.click(uuidOf(event)));
  // Focus that arrives by Tab or by a screen reader selects, as on the stage.
  root.addEventListener("focusin", (event) => {
    const uuid = uuidOf(event);
    if (uuid && uuid !== store.view().selected && !event.target.matches(":active")) actions.select(uuid);
  });

  const stop = store.observe(draw);
  return {
    focus: () => cells.get(store.view().selected)?.node.focus({ preventScroll: true }),
    columns: () => getComputedStyle(root).gridTemplateColumns.split(" ").length,
    destroy() {
      stop();
      watcher.disconnect();
    },
  };
}
