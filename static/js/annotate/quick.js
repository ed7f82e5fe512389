/** Nine categories that a digit gives to the selected box of a burst: the person's most used, the same as long as the page is open. */

import { h } from "../lib/dom.js";

const STORED = "category-uses";
export const QUICK = 9;

/** @param {{slug: string, name: string}[]} categories @param {Object<string, number>} uses by slug */
export function mostUsed(categories, uses) {
  const by = ({ slug }) => uses[slug] ?? 0;
  return categories.toSorted((a, b) => by(b) - by(a)).slice(0, QUICK);
}

/** @param {{root: HTMLElement, categories, storage, store, actions}} parts */
export function createQuick({ root, categories, storage, store, actions }) {
  const uses = JSON.parse(storage.getItem(STORED) ?? "{}");
  const offered = mostUsed(categories, uses);

  const buttons = offered.map(({ slug, name }, index) => h("button", {
    type: "button", class: "button button-small", "data-slug": slug, "data-testid": `quick-${index + 1}`,
  }, h("kbd", { "data-key": "quick_category", "data-nth": index }), h("span", { text: name })));
  root.replaceChildren(...buttons);

  function take(slug) {
    if (!store.selected()) return;
    uses[slug] = (uses[slug] ?? 0) + 1;
    storage.setItem(STORED, JSON.stringify(uses));
    actions.setCategory(slug);
    actions.home();
  }

  root.addEventListener("click", (event) => {
    const slug = event.target.closest("[data-slug]")?.dataset.slug;
    if (slug) take(slug);
  });
  store.observe(() => {
    const object = store.selected();
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(Boolean(object && !object.rejected && object.category === button.dataset.slug)));
    }
  });

  return { take: (n) => offered[n - 1] && take(offered[n - 1].slug) };
}
