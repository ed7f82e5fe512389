/** The drawer with one product: beside the picture where there is room, else a sheet from below. Keys and swipes turn it. */

import { h } from "../lib/dom.js";
import { cardOf, icon } from "./cards.js";
import { fill } from "./texts.js";

const SWIPE = 56;

/**
 * @param {{language: string, texts: object, saved: {has, toggle}, onclose: () => void, onturn: (step: number) => void,
 *   onvisit: Function, onsave: Function, onhide: Function}} parts the last three are called with the tag
 * @returns {{node: Element, open: (tag: object, place: number, all: number) => void, close: () => void}}
 */
export function createDrawer({ language, texts, saved, onclose, onturn, onvisit, onsave, onhide }) {
  const plain = (name, text, onclick) => h("button", {
    type: "button", class: "look-button look-icon", "data-part": name, "aria-label": text, onclick,
  }, icon(name));
  const previous = plain("previous", texts.previous, () => onturn(-1));
  const next = plain("next", texts.next, () => onturn(1));
  const close = plain("close", texts.close, onclose);
  const place = h("span", { class: "faint" });
  const body = h("div", { class: "look-card", "data-part": "drawer-body" });
  const bar = h("div", { class: "look-bar" }, place, previous, next, close);
  const node = h("aside", {
    class: "look-drawer", role: "dialog", "aria-labelledby": "drawer-title", "data-part": "drawer", hidden: true,
  }, bar, body);
  let from = null;

  node.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onturn(getComputedStyle(node).direction === "rtl" ? -step : step);
  });
  node.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "touch" ? { x: event.clientX, y: event.clientY, bar: bar.contains(event.target) } : null;
  });
  node.addEventListener("pointercancel", () => { from = null; });
  node.addEventListener("pointerup", (event) => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) onturn(dx < 0 ? 1 : -1);
    // The card scrolls up and down itself, so only its bar is pulled down.
    else if (from.bar && dy > SWIPE && dy > 2 * Math.abs(dx)) onclose();
    from = null;
  });

  function draw(tag) {
    body.replaceChildren(...cardOf(tag, {
      language, texts, saved: saved.has(tag.product),
      onvisit: () => onvisit(tag),
      onsave: () => {
        if (saved.toggle(tag.product)) onsave(tag);
        draw(tag);
        body.querySelector('[data-part="save"]').focus();
      },
      onhide: () => onhide(tag),
    }));
  }

  return {
    node,
    open(tag, at, all) {
      place.textContent = fill(texts.place, { n: at, all });
      previous.disabled = at <= 1;
      next.disabled = at >= all;
      draw(tag);
      node.hidden = false;
      node.scrollTop = 0;
      if (!node.contains(node.getRootNode().activeElement) || node.getRootNode().activeElement?.disabled) close.focus();
    },
    close() {
      node.hidden = true;
    },
  };
}
