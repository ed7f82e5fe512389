/** A look: dots over the picture, a list beside it, and a drawer with the product that was asked for. */

import { h, part, readJson, safeLink } from "../lib/dom.js";
import { createEvents } from "./events.js";

const SEEN = 0.5;

const config = readJson("look-config");
const texts = part("look").dataset;
const [frame, dots, list, drawer, body, status] = ["frame", "dots", "products", "drawer", "drawer-body", "status"]
  .map((name) => part(name));

const parts = new Map();
let events = null;
let opened = null;

function percent(value) {
  return `${(value * 100).toFixed(3)}%`;
}

function price(tag) {
  if (tag.price === null) return "";
  const language = document.documentElement.lang || "en";
  if (!/^[A-Z]{3}$/.test(tag.currency)) return tag.price;
  return new Intl.NumberFormat(language, { style: "currency", currency: tag.currency }).format(Number(tag.price));
}

function words(tag) {
  return [tag.brand, price(tag)].filter(Boolean).join(" · ");
}

function highlight(tag, on) {
  const { dot, outline, item } = parts.get(tag.tag);
  for (const node of [dot, outline, item]) node.dataset.on = String(on || opened === tag);
}

function outlineOf(tag) {
  const [left, top, right, bottom] = tag.box;
  const outline = h("div", { class: "look-outline", "aria-hidden": "true" });
  Object.assign(outline.style, {
    left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top),
  });
  return outline;
}

function dotOf(tag) {
  const dot = h("button", {
    type: "button", class: "look-dot", "aria-expanded": "false", "aria-label": texts.textOpen.replace("{title}", tag.title),
    onclick: () => (opened === tag ? close() : open(tag)),
  });
  dot.style.left = percent(tag.dot[0]);
  dot.style.top = percent(tag.dot[1]);
  return dot;
}

function itemOf(tag) {
  return h("button", { type: "button", class: "look-product", onclick: () => open(tag) },
    tag.image_url ? h("img", { src: tag.image_url, alt: "", loading: "lazy" }) : h("span", { class: "look-blank" }),
    h("span", { class: "look-product-words" },
      h("span", { class: "look-product-title", text: tag.title }),
      h("span", { class: "faint", text: words(tag) })));
}

function cardOf(tag) {
  const link = safeLink(tag.url);
  const visit = () => {
    events.log("click", tag.tag);
    events.flush();
  };
  return [
    tag.image_url && h("img", { class: "picture", src: tag.image_url, alt: "" }),
    h("h2", { id: "drawer-title", text: tag.title }),
    h("p", { class: "faint", text: [tag.brand, tag.category_name].filter(Boolean).join(" · ") }),
    h("span", { class: "badge", text: tag.grade === "exact" ? texts.textExact : texts.textSimilar }),
    price(tag) && h("p", { class: "price", text: price(tag) }),
    link && h("a", {
      class: "button button-primary", href: link, target: "_blank", rel: "noopener", onclick: visit,
      onauxclick: visit, text: texts.textVisit,
    }),
  ].filter(Boolean);
}

function open(tag) {
  if (opened) close();
  opened = tag;
  events.log("closeup", tag.tag);
  body.replaceChildren(...cardOf(tag));
  drawer.hidden = false;
  parts.get(tag.tag).dot.setAttribute("aria-expanded", "true");
  highlight(tag, true);
  part("close").focus();
}

function close() {
  if (!opened) return;
  const tag = opened;
  opened = null;
  drawer.hidden = true;
  const { dot } = parts.get(tag.tag);
  dot.setAttribute("aria-expanded", "false");
  highlight(tag, false);
  dot.focus({ preventScroll: true });
}

function watchSeen(tags) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    for (const tag of tags) events.log("impression", tag.tag);
  }, { threshold: SEEN });
  observer.observe(frame);
}

function show(look) {
  events = createEvents({
    url: config.events,
    token: look.token,
    sendBeacon: navigator.sendBeacon.bind(navigator),
    uuid: () => crypto.randomUUID(),
  });
  for (const tag of look.tags) {
    const made = { dot: dotOf(tag), outline: outlineOf(tag), item: itemOf(tag) };
    parts.set(tag.tag, made);
    for (const node of [made.dot, made.item]) {
      node.addEventListener("pointerenter", () => highlight(tag, true));
      node.addEventListener("pointerleave", () => highlight(tag, false));
      node.addEventListener("focus", () => highlight(tag, true));
      node.addEventListener("blur", () => highlight(tag, false));
    }
  }
  const made = [...parts.values()];
  dots.replaceChildren(...made.map(({ outline }) => outline), ...made.map(({ dot }) => dot));
  list.replaceChildren(...made.map(({ item }) => h("li", null, item)));
  const { textNone, textOne, textMany } = status.dataset;
  const n = look.tags.length;
  status.textContent = n === 0 ? textNone : n === 1 ? textOne : textMany.replace("{n}", n);
  watchSeen(look.tags);
}

part("close").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
document.addEventListener("pointerdown", (event) => {
  if (opened && !drawer.contains(event.target) && !event.target.closest(".look-dot, .look-product")) close();
});
// Phones kill a page without a pagehide, so its being hidden is the last sure moment.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) events?.flush();
});
window.addEventListener("pagehide", () => events?.flush());

try {
  const response = await fetch(config.look, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The look answered ${response.status}.`);
  show(await response.json());
} catch (error) {
  status.textContent = texts.textFailed;
  throw error;
}
