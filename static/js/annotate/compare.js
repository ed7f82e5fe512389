/** Space tapped: the crop and the highlighted candidate large, side by side. */

import { h } from "../lib/dom.js";
import { highlightOf, shownCandidates } from "./actions.js";
import { cropPicture } from "./list.js";

export function createCompare({ root, store, t }) {
  function draw() {
    const view = store.view();
    const object = store.selected();
    root.hidden = view.mode !== "compare" || !object;
    if (root.hidden) return;
    const at = highlightOf(view, object);
    const candidate = shownCandidates(view, object)[at];
    const left = h("figure", {}, cropPicture(object.box, view.scene), h("figcaption", { text: t("in_the_scene") }));
    const right = candidate
      ? h("figure", {}, h("img", { src: candidate.image_url, alt: candidate.title }),
        h("figcaption", { text: [candidate.title, candidate.brand].filter(Boolean).join(" · ") }))
      : h("p", { text: t("no_candidates") });
    const hint = h("p", { class: "compare-hint", text: t("hint_compare") });
    root.replaceChildren(h("div", { class: "compare-pair" }, left, right), hint);
  }

  root.addEventListener("click", () => store.apply({ view: { mode: "browse" } }));
  return { destroy: store.observe(draw) };
}
