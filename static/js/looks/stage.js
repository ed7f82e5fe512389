/** The dots over the picture and the list beside it; what is hovered or focused in one is lit in the other. */

import { h } from "../lib/dom.js";
import { itemOf } from "./cards.js";
import { fill } from "./texts.js";

function percent(value) {
  return `${(value * 100).toFixed(3)}%`;
}

function outlineOf(tag) {
  const [left, top, right, bottom] = tag.box;
  const outline = h("div", { class: "look-outline", "aria-hidden": "true" });
  Object.assign(outline.style, {
    left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top),
  });
  return outline;
}

function dotOf(tag, { texts, onopen }) {
  const dot = h("button", {
    type: "button", class: "look-dot", "aria-expanded": "false", "aria-label": fill(texts.open, tag), onclick: onopen,
  });
  dot.style.left = percent(tag.dot[0]);
  dot.style.top = percent(tag.dot[1]);
  return dot;
}

/**
 * @param {{dots: Element, list: Element, language: string, texts: object, onopen: (tag: object) => void}} parts
 * @returns {{show: (tags: object[]) => void, open: (tag: object | null) => void, hide: (tag: object) => void,
 *   nodes: (tag: object) => {dot: Element, outline: Element, item: Element}}}
 */
export function createStage({ dots, list, language, texts, onopen }) {
  const made = new Map();
  let opened = null;

  function light(tag, on) {
    const nodes = made.get(tag);
    if (!nodes) return;
    for (const node of Object.values(nodes)) node.dataset.on = String(on || opened === tag);
  }

  function make(tag) {
    const nodes = {
      outline: outlineOf(tag),
      dot: dotOf(tag, { texts, onopen: () => onopen(tag) }),
      item: itemOf(tag, { language, onopen: () => onopen(tag) }),
    };
    made.set(tag, nodes);
    for (const node of [nodes.dot, nodes.item]) {
      for (const name of ["pointerenter", "focus"]) node.addEventListener(name, () => light(tag, true));
      for (const name of ["pointerleave", "blur"]) node.addEventListener(name, () => light(tag, false));
    }
    return nodes;
  }

  return {
    show(tags) {
      made.clear();
      const nodes = tags.map(make);
      dots.replaceChildren(...nodes.map(({ outline }) => outline), ...nodes.map(({ dot }) => dot));
      list.replaceChildren(...nodes.map(({ item }) => h("li", null, item)));
    },
    open(tag) {
      const before = opened;
      opened = tag;
      if (before) light(before, false);
      for (const [each, { dot }] of made) dot.setAttribute("aria-expanded", String(each === tag));
      if (tag) light(tag, true);
    },
    hide(tag) {
      const { dot, outline, item } = made.get(tag);
      dot.remove();
      outline.remove();
      item.parentElement.remove();
      made.delete(tag);
    },
    nodes: (tag) => made.get(tag),
  };
}
