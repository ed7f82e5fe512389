/** Putting the right product in a tag's place: a search in a dialog, and a form that carries what was picked. */

import { h, part, readJson } from "../lib/dom.js";
import { createHttp, HttpError } from "../lib/http.js";

const PAUSE_MS = 180;

const { search } = readJson("brands-config");
const http = createHttp({ fetch: fetch.bind(window), cookies: () => document.cookie });
const [dialog, form, query, results, picked] = ["picker", "picker-form", "picker-query", "picker-results", "picker-product"]
  .map((name) => part(name));

let scope = { vertical: "" };
let asking = null;
let timer = 0;

function card(product) {
  const pick = () => {
    picked.value = product.product;
    form.submit();
  };
  return h("button", { type: "button", class: "picker-card", onclick: pick },
    product.image_url && h("img", { src: product.image_url, alt: "" }),
    h("span", { text: product.title }),
    h("span", { class: "faint", text: [product.brand, product.price && `${product.price} ${product.currency}`].filter(Boolean).join(" · ") }));
}

function say(text) {
  results.replaceChildren(h("p", { class: "faint", text }));
}

async function find() {
  asking?.abort();
  if (!query.value.trim()) {
    say(results.dataset.textType);
    return;
  }
  const mine = new AbortController();
  asking = mine;
  const asked = new URLSearchParams({ q: query.value, vertical: scope.vertical, limit: "24" });
  try {
    const { body } = await http.get(`${search}?${asked}`, { signal: mine.signal });
    if (body.results.length) results.replaceChildren(...body.results.map(card));
    else say(results.dataset.textNone);
  } catch (error) {
    if (mine.signal.aborted) return;
    say(error.message);
    if (!(error instanceof HttpError)) throw error;
  }
}

query.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE_MS);
});
query.addEventListener("keydown", (event) => {
  // Enter would post the form without a product.
  if (event.key === "Enter") event.preventDefault();
});
part("picker-close").addEventListener("click", () => dialog.close());
for (const button of document.querySelectorAll("[data-correct]")) {
  button.addEventListener("click", () => {
    scope = { vertical: button.dataset.vertical };
    form.action = button.dataset.action;
    query.value = "";
    say(results.dataset.textType);
    dialog.showModal();
    query.focus();
  });
}
