/**
 * Looking further than the ranked candidates: text search in the catalogue and a filter by brand and price. Both are
 * debounced, an answer that comes after a newer question is dropped, and both end when another object is selected.
 */

import { isFiltering, passes } from "./sight.js";

const WAIT_MS = 150;

/**
 * @param {{input, fields: {root, brand, least, most}, store, actions, clock, onError,
 *   search: (query, filter, signal) => Promise<object[]>, rank: (filter, signal) => Promise<object[]>}} parts `rank` asks
 *   for the best candidates of the selected object among those that pass the filter
 */
export function createSearchField({ input, fields, store, actions, clock, search, rank, onError }) {
  const inputs = [fields.brand, fields.least, fields.most];
  let timer = null;
  let abort = null;

  const number = ({ value }) => (value === "" ? null : Number(value));
  const written = () => ({ brand: fields.brand.value.trim(), price_min: number(fields.least), price_max: number(fields.most) });

  function stop() {
    clock.cancel(timer);
    abort?.abort();
  }

  async function run(query, filter) {
    abort = new AbortController();
    const { signal } = abort;
    try {
      const found = await (query ? search(query, filter, signal) : rank(filter, signal));
      const results = filter ? found.filter((product) => passes(filter, product)) : found;
      if (!signal.aborted) store.apply({ view: { results, resultHighlight: 0, query } });
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  function changed() {
    stop();
    const query = input.value.trim();
    const filter = isFiltering(written()) ? written() : null;
    // Until the server has answered, the candidates that are here are filtered here.
    store.apply({ view: { filter, ...(query ? {} : { results: null, query: "" }) } });
    if (query || filter) timer = clock.later(() => run(query, filter), WAIT_MS);
  }

  function clear() {
    stop();
    input.value = "";
    for (const field of inputs) field.value = "";
  }

  function enters(field, mode) {
    field.addEventListener("input", changed);
    field.addEventListener("focus", () => store.selected() && actions.setMode(mode));
    field.addEventListener("blur", () => store.view().mode === mode && actions.home());
  }

  enters(input, "search");
  for (const field of inputs) enters(field, "filter");
  store.observe((change) => {
    const view = store.view();
    for (const field of [input, ...inputs]) field.disabled = !view.selected;
    fields.root.hidden = !view.filter && view.mode !== "filter";
    const after = change.view?.after ?? {};
    const ended = "results" in after && !view.results && !view.filter && view.mode !== "filter" && view.mode !== "search";
    if (ended || "selected" in after || change.reset) clear();
  });

  return {
    open() {
      input.focus();
      input.select();
    },
    openFilter() {
      if (!store.selected()) return;
      fields.root.hidden = false;
      fields.brand.focus();
    },
    clear() {
      clear();
      store.apply({ view: { results: null, query: "", filter: null } });
    },
  };
}
