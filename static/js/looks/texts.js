/** What the widget says, unless the element's own data-text-... attributes say it otherwise. */

export const TEXTS = {
  open: "Show {title}",
  visit: "Go to the shop",
  exact: "This very product",
  similar: "Similar to the one shown",
  failed: "The products could not be loaded. Reload the page.",
  none: "Nothing to shop in this picture yet.",
  one: "1 product in this picture",
  many: "{n} products in this picture",
  loading: "Loading…",
  heading: "Shop this look",
  close: "Close",
  save: "Save",
  saved: "Saved",
  hide: "Not for me",
  hidden: "{title} is hidden.",
  previous: "Previous product",
  next: "Next product",
  place: "{n} of {all}",
};

/** The texts of an element, by name. */
export function textsOf(dataset) {
  const own = (name) => dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
  return Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [name, own(name) ?? text]));
}

/** A text with its gaps filled. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}
