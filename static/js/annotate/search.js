/** Text search in the catalogue: debounced, and an answer that comes after a newer question is dropped. */

const WAIT_MS = 150;

/** @param {{input, store, actions, clock, ask: (query, signal) => Promise<object[]>, onError}} parts */
export function createSearchField({ input, store, actions, clock, ask, onError }) {
  let timer = null;
  let abort = null;

  async function run(query) {
    abort?.abort();
    abort = new AbortController();
    const { signal } = abort;
    try {
      const results = await ask(query, signal);
      if (!signal.aborted) store.apply({ view: { results, resultHighlight: 0, query } });
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  function changed() {
    clock.cancel(timer);
    const query = input.value.trim();
    if (query) timer = clock.later(() => run(query), WAIT_MS);
    else {
      abort?.abort();
      store.apply({ view: { results: null, query: "" } });
    }
  }

  input.addEventListener("input", changed);
  input.addEventListener("focus", () => store.selected() && actions.setMode("search"));
  input.addEventListener("blur", () => store.view().mode === "search" && actions.setMode("browse"));
  store.observe((change) => {
    input.disabled = !store.selected();
    if (!change.view || !("results" in change.view.after) || store.view().results) return;
    clock.cancel(timer);
    abort?.abort();
    input.value = "";
  });

  return {
    open() {
      input.focus();
      input.select();
    },
    clear: () => store.apply({ view: { results: null, query: "" } }),
  };
}
