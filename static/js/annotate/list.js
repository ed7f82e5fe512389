/** The objects of the scene as a row of crops with their states, and the card of what was decided for each. */

import { h, setAttributes, svg } from "../lib/dom.js";
import { stateOf } from "./decisions.js";
import { cropViewBox } from "./geometry.js";
import { inSight } from "./sight.js";

/** A crop without a canvas: the scene's own picture behind a viewBox. */
export function cropPicture(box, scene, attributes = {}) {
  const { image_url: href, width, height } = scene;
  const image = svg("image", { href, width, height, preserveAspectRatio: "none" });
  return svg("svg", { viewBox: cropViewBox(box, scene), "aria-hidden": true, ...attributes }, image);
}

function chip(object, number, { scene, selected, nameOf, t }) {
  const state = stateOf(object);
  const sure = object.score === null ? "" : t("percent", { n: Math.round(object.score * 100) });
  const marks = [object.flagged && "⚑", object.comment && "…"].filter(Boolean).join(" ");
  const node = h("button", {
    type: "button", class: "chip", "data-object": object.uuid, "data-state": state, "data-testid": `object-${number}`,
    tabindex: -1,
    "aria-label": t("object_label", { n: number, category: nameOf(object.category), state: t(`state_${state}`) }),
  },
  cropPicture(object.box, scene, { class: "chip-crop", preserveAspectRatio: "xMidYMid slice" }),
  h("span", { class: "chip-text" }, h("span", { class: "chip-name", text: `${number} ${nameOf(object.category)}` }),
    h("span", { class: "chip-state" }, t(`state_${state}`), h("span", { class: "chip-sure", text: sure }))),
  marks && h("span", { class: "chip-marks", "aria-label": t("marked"), role: "img", text: marks }),
  object.picked && h("img", { class: "chip-product", src: object.picked.image_url, alt: "" }));
  setAttributes(node, { "aria-current": selected ? "true" : null });
  return node;
}

export function createList({ root, store, actions, nameOf, t }) {
  let drawn = "";

  function draw() {
    const { scene, selected } = store.view();
    const objects = inSight(store.view(), store.objects());
    const shown = objects.map((object) =>
      [object.uuid, object.box, object.category, stateOf(object), object.product, object.flagged, Boolean(object.comment)]);
    const key = JSON.stringify([scene?.id, selected, shown]);
    if (key === drawn) return;
    drawn = key;
    const numbers = new Map(store.objects().map(({ uuid }, index) => [uuid, index + 1]));
    root.replaceChildren(...(scene ? objects : []).map((object) =>
      chip(object, numbers.get(object.uuid), { scene, selected: object.uuid === selected, nameOf, t })));
    root.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  root.addEventListener("click", (event) => {
    const uuid = event.target.closest("[data-object]")?.dataset.object;
    if (uuid) actions.select(uuid);
  });
  return { destroy: store.observe(draw) };
}
