/** The selected object of a burst, larger than in its cell: the crop beside its product, or the whole scene with its box. */

import { h } from "../lib/dom.js";
import { cropPicture } from "./crops.js";
import { wholePicture } from "./compare.js";
import { cellOf } from "./decisions.js";
import { isBurst } from "./kinds.js";

export function createPreview({ root, store, t }) {
  let drawn = "";

  function pictures(object) {
    const { box, scene, boxOnly, picked } = object;
    if (boxOnly) return [wholePicture(box, scene)];
    const cell = cellOf(object);
    const product = picked && h("img", { src: picked.image_url, alt: picked.title });
    return [
      cropPicture(box, scene, {}, { pad: 0.3, aspect: 1, frame: true }),
      product || h("p", { text: t(cell === "struck" ? "pick_one" : `cell_${cell}`) }),
    ];
  }

  function draw() {
    const object = isBurst(store.view().kind) ? store.selected() : null;
    const key = object ? JSON.stringify([object.uuid, object.picked?.product, cellOf(object)]) : "";
    root.hidden = !object;
    if (key === drawn) return;
    drawn = key;
    root.replaceChildren(...(object ? pictures(object) : []));
  }

  return { destroy: store.observe(draw) };
}
