/** The objects of the scene as a row of crops with their states, and what is known of it already before them. */

import { h, oncePerFrame, setAttributes } from "../lib/dom.js";
import { cropPicture } from "./crops.js";
import { stateOf } from "./decisions.js";
import { inSight } from "./sight.js";

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

function knownChip({ box, category }, { scene, nameOf, t }) {
  return h("span", { class: "chip", "data-known": true },
    cropPicture(box, scene, { class: "chip-crop", preserveAspectRatio: "xMidYMid slice" }),
    h("span", { class: "chip-text" }, h("span", { class: "chip-name", text: nameOf(category) }),
      h("span", { class: "chip-state", text: t("known") })));
}

export function createList({ root, store, actions, nameOf, t }) {
  let drawn = "";

  function draw() {
    const { scene, selected, known = [] } = store.view();
    const objects = inSight(store.view(), store.objects());
    const shown = objects.map((object) =>
      [object.uuid, object.box, object.category, stateOf(object), object.product, object.flagged, Boolean(object.comment)]);
    const key = JSON.stringify([scene?.id, selected, shown]);
    if (key === drawn) return;
    drawn = key;
    const numbers = new Map(store.objects().map(({ uuid }, index) => [uuid, index + 1]));
    if (!scene) return void root.replaceChildren();
    root.replaceChildren(...known.map((each) => knownChip(each, { scene, nameOf, t })), ...objects.map((object) =>
      chip(object, numbers.get(object.uuid), { scene, selected: object.uuid === selected, nameOf, t })));
    root.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  root.addEventListener("click", (event) => {
    const uuid = event.target.closest("[data-object]")?.dataset.object;
    if (uuid) actions.select(uuid);
  });
  return { destroy: store.observe(oncePerFrame(draw)) };
}
