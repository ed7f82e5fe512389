/** Boxes cut out of their scene without a canvas or a second picture: the scene's own picture behind a viewBox. */

import { svg } from "../lib/dom.js";
import { cropViewBox, toPixels } from "./geometry.js";

/** @param {{pad?: number, aspect?: number|null, frame?: boolean}} look surroundings as a share of the box, the shape of the
 *   crop (width / height; null takes that of the box), and whether the box is outlined in it */
export function cropPicture(box, scene, attributes = {}, { pad, aspect, frame = false } = {}) {
  const { image_url: href, width, height } = scene;
  const image = svg("image", { href, width, height, preserveAspectRatio: "none" });
  return svg("svg", { viewBox: cropViewBox(box, scene, { pad, aspect }), "aria-hidden": true, ...attributes },
    image, ...(frame ? [outline(box, scene, "crop-halo"), outline(box, scene, "crop-line")] : []));
}

function outline(box, scene, name) {
  const { left, top, right, bottom } = toPixels(box, scene);
  return svg("rect", { class: name, x: left, y: top, width: right - left, height: bottom - top });
}
