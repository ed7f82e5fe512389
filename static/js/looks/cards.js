/** A product as the widget draws it: an item of the list, and the card of the drawer. */

import { h, safeLink, svg } from "../lib/dom.js";

const ICONS = {
  close: "M6 6l12 12M18 6L6 18",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  save: "M12 20S4 15 4 9.2A4.2 4.2 0 0 1 12 7.5 4.2 4.2 0 0 1 20 9.2C20 15 12 20 12 20z",
  hide: "M4 4l16 16M9.5 5.4A9.8 9.8 0 0 1 12 5c6 0 9.5 7 9.5 7a17 17 0 0 1-3 3.8M6.2 7.2A16.5 16.5 0 0 0 2.5 12s3.5 7 9.5 7a9.5 9.5 0 0 0 4-.9",
};

export function price(tag, language) {
  if (tag.price === null) return "";
  if (!/^[A-Z]{3}$/.test(tag.currency)) return tag.price;
  return new Intl.NumberFormat(language, { style: "currency", currency: tag.currency }).format(Number(tag.price));
}

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

function pictureOf(tag, name) {
  return tag.image_url
    ? h("img", { class: name, src: tag.image_url, alt: "", loading: "lazy" })
    : h("span", { class: `${name} look-blank` });
}

/** A button of the list that opens the product. */
export function itemOf(tag, { language, onopen }) {
  const words = [tag.brand, price(tag, language)].filter(Boolean).join(" · ");
  return h("button", { type: "button", class: "look-product", onclick: onopen },
    pictureOf(tag, "look-product-picture"),
    h("span", { class: "look-product-words" },
      h("span", { class: "look-product-title", text: tag.title }),
      h("span", { class: "faint", text: words })));
}

/** What the drawer shows of a product. Titles and addresses are strangers' words: never parsed, and led to the web alone. */
export function cardOf(tag, { language, texts, saved, onvisit, onsave, onhide }) {
  const link = safeLink(tag.url);
  const cost = price(tag, language);
  const save = h("button", {
    type: "button", class: "look-button", "aria-pressed": String(saved), "data-part": "save", onclick: onsave,
  }, icon("save"), h("span", { text: saved ? texts.saved : texts.save }));
  const hide = h("button", { type: "button", class: "look-button", "data-part": "hide", onclick: onhide },
    icon("hide"), h("span", { text: texts.hide }));
  return [
    pictureOf(tag, "look-card-picture"),
    h("p", { class: "look-badge", text: tag.grade === "exact" ? texts.exact : texts.similar }),
    h("h3", { id: "drawer-title", text: tag.title }),
    h("p", { class: "faint", text: [tag.brand, tag.category_name].filter(Boolean).join(" · ") }),
    cost && h("p", { class: "price", text: cost }),
    link && h("a", {
      class: "look-button look-button-main", href: link, target: "_blank", rel: "noopener", "data-part": "visit",
      onclick: onvisit, onauxclick: onvisit, text: texts.visit,
    }),
    h("div", { class: "look-deeds" }, save, hide),
  ].filter(Boolean);
}
