/** Space tapped: the crop and the highlighted candidate large, side by side; in a box burst the crop and its whole scene. */

import { h } from "../lib/dom.js";
import { highlightOf, shownCandidates } from "./actions.js";
import { cropPicture } from "./crops.js";
import { sceneOf } from "./kinds.js";

const WHOLE = [0, 0, 1, 1];

export function createCompare({ root, store, actions, t }) {
  /** What stands beside the crop: what was picked or would be, else the scene around it. */
  function beside(view, object) {
    if (object.boxOnly) {
      return h("figure", {}, wholePicture(object.box, sceneOf(view, object)), h("figcaption", { text: t("whole_scene") }));
    }
    const open = view.mode === "compare" || view.mode === "choose";
    const candidate = open ? shownCandidates(view, object)[highlightOf(view, object)] : object.picked;
    if (!candidate) return h("p", { text: t("no_candidates") });
    return h("figure", {}, h("img", { src: candidate.image_url, alt: candidate.title }),
      h("figcaption", { text: [candidate.title, candidate.brand].filter(Boolean).join(" · ") }));
  }

  function draw() {
    const view = store.view();
    const object = store.selected();
    root.hidden = (view.mode !== "compare" && !view.large) || !object;
    if (root.hidden) return;
    const scene = sceneOf(view, object);
    const crop = cropPicture(object.box, scene, {}, view.large ? { pad: 0.15, frame: true } : {});
    const left = h("figure", {}, crop, h("figcaption", { text: t("in_the_scene") }));
    const hint = h("p", { class: "compare-hint", text: t(view.large ? "hint_large" : "hint_compare") });
    root.replaceChildren(h("div", { class: "compare-pair" }, left, beside(view, object)), hint);
  }

  root.addEventListener("click", () => {
    store.apply({ view: { large: false } });
    actions.home();
  });
  return { destroy: store.observe(draw) };
}

/** The whole scene of a box, with the box outlined. */
export const wholePicture = (box, scene, attributes) => {
  const picture = cropPicture(WHOLE, scene, attributes, { pad: 0 });
  picture.append(...cropPicture(box, scene, {}, { frame: true }).querySelectorAll("rect"));
  return picture;
};
