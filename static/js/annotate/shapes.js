/** SVG shapes of the overlay. Everything that must keep its size on the screen is scaled back by 1 / zoom. */

import { setAttributes, svg } from "../lib/dom.js";
import { handlesOf, toPixels } from "./geometry.js";

const EDGES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const MARKS = { undecided: "", confirmed: "✓", adjusted: "✎", added: "+", rejected: "✕" };

function frame(node, px) {
  setAttributes(node, { x: px.left, y: px.top, width: px.right - px.left, height: px.bottom - px.top });
}

export function createBoxShape(uuid) {
  const halo = svg("rect", { class: "box-halo" });
  const line = svg("rect", { class: "box-line" });
  const plate = svg("rect", { class: "box-plate", rx: 4 });
  const text = svg("text", { class: "box-text", "text-anchor": "middle", y: 15 });
  const tag = svg("g", {}, plate, text);
  const node = svg("g", { class: "box", role: "button", tabindex: 0, "data-uuid": uuid }, halo, line, tag);
  return {
    node,
    update({ object, number, state, selected, hidden, label, scale, size, sure }) {
      const px = toPixels(object.box, size);
      frame(halo, px);
      frame(line, px);
      const face = [number, MARKS[state], sure, object.flagged && "⚑", object.comment && "…"].filter(Boolean).join(" ");
      const width = 12 + face.length * 8;
      text.textContent = face;
      setAttributes(text, { x: width / 2 });
      setAttributes(plate, { width, height: 21 });
      const above = px.top * scale >= 23 ? -23 / scale : 2 / scale;
      setAttributes(tag, { transform: `translate(${px.left} ${px.top + above}) scale(${1 / scale})` });
      setAttributes(node, {
        "data-state": state, "data-selected": selected, "data-testid": `box-${number}`, "aria-label": label,
        "aria-pressed": selected, "data-drawn": object.proposal === null,
      });
      node.style.visibility = hidden ? "hidden" : "";
    },
  };
}

/** A box that is known of the scene: something to look past, which answers to nothing. */
export function createKnownShape({ box, label }, size) {
  const px = toPixels(box, size);
  const [halo, line] = ["box-halo", "box-line"].map((name) => svg("rect", { class: name }));
  const width = 12 + label.length * 7;
  const tag = svg("g", {}, svg("rect", { class: "box-plate", rx: 4, width, height: 19 }),
    svg("text", { class: "box-text", "text-anchor": "middle", x: width / 2, y: 14 }, label));
  frame(halo, px);
  frame(line, px);
  const node = svg("g", { class: "box box-known", role: "img", "aria-label": label }, halo, line, tag);
  return {
    node,
    update({ scale }) {
      setAttributes(tag, { transform: `translate(${px.left} ${px.top}) scale(${1 / scale})` });
      // A name that is much wider than its box would cover its neighbours; zooming in brings it back.
      tag.style.display = (px.right - px.left) * scale < width * 0.75 ? "none" : "";
    },
  };
}

export function createHandles() {
  const handles = EDGES.map((edges) => svg("rect", { class: "handle", "data-handle": edges }));
  const node = svg("g", { class: "handles", "aria-hidden": true }, ...handles);
  return {
    node,
    update(box, { scale, size, large }) {
      const half = (large ? 6 : 4.5) / scale;
      handlesOf(box, size).forEach(({ x, y }, index) => {
        frame(handles[index], { left: x - half, top: y - half, right: x + half, bottom: y + half });
      });
    },
  };
}

export function createDraftShape() {
  const box = svg("rect", { class: "draft-box" });
  const across = svg("line", { class: "cross-line" });
  const down = svg("line", { class: "cross-line" });
  const node = svg("g", { class: "draft", "aria-hidden": true }, across, down, box);
  return {
    node,
    update({ point, from }, size) {
      setAttributes(across, { x1: 0, x2: size.width, y1: point.y, y2: point.y });
      setAttributes(down, { x1: point.x, x2: point.x, y1: 0, y2: size.height });
      const start = from ?? point;
      frame(box, {
        left: Math.min(start.x, point.x), right: Math.max(start.x, point.x),
        top: Math.min(start.y, point.y), bottom: Math.max(start.y, point.y),
      });
    },
  };
}
