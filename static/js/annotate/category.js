/** The type-ahead list of categories: a combobox that filters while one types. */

import { h } from "../lib/dom.js";

/** Best first: names that start with the typed text, then words that do, then any that hold it. */
export function rankCategories(categories, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return categories;
  const rank = ({ name, slug }) => {
    const low = name.toLowerCase();
    if (low.startsWith(wanted)) return 0;
    if (low.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return low.includes(wanted) || slug.includes(wanted) ? 2 : 3;
  };
  return categories.filter((category) => rank(category) < 3).toSorted((a, b) => rank(a) - rank(b));
}

export function createCategoryField({ input, list, categories, store, actions, leave }) {
  let shown = [];
  let at = 0;

  const nameOf = (slug) => categories.find((category) => category.slug === slug)?.name ?? slug ?? "–";

  function drawList() {
    list.replaceChildren(...shown.map(({ name, slug }, index) => h("li", {
      id: `category-${slug}`, role: "option", "data-slug": slug, text: name,
      "aria-selected": index === at ? "true" : "false",
    })));
    input.setAttribute("aria-activedescendant", shown[at] ? `category-${shown[at].slug}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function filter(typed) {
    shown = rankCategories(categories, typed);
    at = typed ? 0 : Math.max(shown.findIndex(({ slug }) => slug === store.selected()?.category), 0);
    drawList();
  }

  function openList() {
    if (!store.selected()) return;
    actions.setMode("category");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.select();
    filter("");
  }

  function closeList() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.value = store.selected() ? nameOf(store.selected().category) : "";
  }

  function choose(slug) {
    if (slug) actions.setCategory(slug);
    leave();
  }

  const choosing = (event) => {
    event.preventDefault();
    choose(event.target.closest("[data-slug]")?.dataset.slug);
  };
  const blurred = () => {
    closeList();
    if (store.view().mode === "category") actions.home();
  };
  input.addEventListener("focus", openList);
  input.addEventListener("input", () => filter(input.value));
  input.addEventListener("blur", blurred);
  list.addEventListener("pointerdown", choosing);
  store.observe(() => {
    input.disabled = !store.selected();
    if (list.hidden) closeList();
  });

  return {
    nameOf,
    open: () => input.focus(),
    move(delta) {
      at = Math.min(Math.max(at + delta, 0), shown.length - 1);
      drawList();
    },
    take: () => choose(shown[at]?.slug),
  };
}
