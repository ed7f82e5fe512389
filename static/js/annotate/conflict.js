/** Two versions of one work, side by side: what each says in numbers and where its boxes are. A person takes one. */

import { h, svg } from "../lib/dom.js";
import { cropPicture } from "./crops.js";
import { toPixels } from "./geometry.js";

const RIGHT = ["accepted", "confirmed"];
const MOST = 12;

/** Of a burst, what does not count as right. */
function crops(boxes) {
  const struck = boxes.filter(({ state, scene }) => scene && !RIGHT.includes(state)).slice(0, MOST);
  return h("div", { class: "version-crops" }, ...struck.map(({ box, scene, state }) =>
    cropPicture(box, scene, { "data-state": state }, { pad: 0.18, aspect: 1, frame: true })));
}

function picture(scene, boxes) {
  const { image_url: href, width, height } = scene;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "version-picture", "aria-hidden": true },
    svg("image", { href, width, height, preserveAspectRatio: "none" }),
    ...boxes.map(({ box, state }) => {
      const { left, top, right, bottom } = toPixels(box, scene);
      return svg("rect", { class: "box-line", "data-state": state, x: left, y: top, width: right - left, height: bottom - top });
    }));
}

/** @param {{dialog: HTMLDialogElement, opened: Function, closed: Function, t}} parts */
export function createConflict({ dialog, opened, closed, t }) {
  const body = dialog.querySelector("[data-part=versions]");
  const text = dialog.querySelector("[data-part=conflict-text]");

  function version(scene, { name, label, boxes, take }) {
    const count = (...states) => boxes.filter(({ state }) => states.includes(state)).length;
    const numbers = {
      boxes: boxes.length, decided: boxes.length - count("undecided"), rejected: count("rejected"), added: count("added"),
      right: count(...RIGHT), other: boxes.length - count(...RIGHT),
    };
    return h("section", { class: "version", "data-testid": `version-${name}` },
      scene ? picture(scene, boxes) : crops(boxes),
      h("p", { text: t(scene ? "version_counts" : "version_cells", numbers) }),
      h("button", {
        type: "button", class: "button", text: label,
        onclick() {
          dialog.close();
          take();
        },
      }));
  }

  // Leaving without a choice would leave both versions in the dark.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", closed);

  return {
    /** @param {{scene, reason: string, versions: {name, label, boxes: {box, scene, state}[], take}[]}} question `scene` is null for a burst */
    ask({ scene, reason, versions }) {
      text.textContent = reason;
      body.replaceChildren(...versions.map((each) => version(scene, each)));
      opened();
      if (!dialog.open) dialog.showModal();
      body.querySelector("button").focus();
    },
  };
}
