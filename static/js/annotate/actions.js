/** What people can do to a scene, as changes of the store. Knows no key, no pointer and no network. */

import { drawn, isDrawn, isUndecided, pickPatch } from "./decisions.js";

export const PAGE = 9;

/** The candidates in the strip for an object: search results while somebody searches, else the ranked ones. */
export function shownCandidates(view, object) {
  return view.results ?? object?.candidates ?? [];
}

export function highlightOf(view, object) {
  if (!object) return 0;
  const last = Math.max(shownCandidates(view, object).length - 1, 0);
  const own = view.results ? view.resultHighlight : view.highlights[object.uuid] ?? 0;
  return Math.min(own, last);
}

/**
 * @param {{say: Function, finish: Function, newUuid: () => string}} parts `say(key, values)` tells the person,
 *   `finish()` moves the focus to Submit when nothing is left to decide.
 */
export function createActions(store, { say, finish, newUuid }) {
  const change = (uuid, patch, options) => store.apply({ update: [{ uuid, patch }] }, options);

  function select(uuid) {
    store.apply({ view: { selected: uuid, mode: "browse", results: null, query: "", draft: null } });
  }

  function step(direction, only = () => true) {
    const objects = store.objects();
    if (!objects.length) return null;
    const from = objects.findIndex(({ uuid }) => uuid === store.view().selected);
    const start = from < 0 && direction < 0 ? 0 : from;
    for (let count = 1; count <= objects.length; count += 1) {
      const index = (start + direction * count + objects.length * (count + 1)) % objects.length;
      if (only(objects[index])) return objects[index];
    }
    return null;
  }

  function goOn() {
    const next = step(1, isUndecided);
    if (next) select(next.uuid);
    else {
      store.apply({ view: { mode: "browse", results: null, query: "" } });
      finish();
    }
  }

  function pick(index, grade) {
    const object = store.selected();
    if (!object) return say("nothing_selected");
    if (object.asking === "waiting" && !store.view().results) return say("wait_for_candidates");
    const candidate = shownCandidates(store.view(), object)[index];
    if (!candidate) return say("no_such_candidate", { n: (index % PAGE) + 1 });
    change(object.uuid, pickPatch(candidate, grade));
    return goOn();
  }

  return {
    select, pick, goOn,
    move(direction) {
      const target = step(direction);
      if (target) select(target.uuid);
    },
    /** The n-th card of the page in sight, n from 1. */
    pickCard(n, grade) {
      const object = store.selected();
      const page = Math.floor(highlightOf(store.view(), object) / PAGE);
      pick(page * PAGE + n - 1, grade);
    },
    confirm() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      if (!store.view().results && (object.rejected || object.grade !== null)) return goOn();
      if (!shownCandidates(store.view(), object).length) return say("no_candidates_to_confirm");
      return pick(highlightOf(store.view(), object), "exact");
    },
    none() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      change(object.uuid, pickPatch(null, "none"));
      return goOn();
    },
    reject() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      if (isDrawn(object)) return say("reject_is_for_proposals");
      const rejected = !object.rejected;
      change(object.uuid, rejected ? { rejected, product: null, grade: null, picked: null } : { rejected });
      return rejected ? goOn() : undefined;
    },
    remove() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      if (!isDrawn(object)) return say("remove_is_for_drawn");
      const next = step(1, ({ uuid }) => uuid !== object.uuid);
      store.apply({ remove: [object.uuid], view: { selected: next?.uuid ?? null, mode: "browse" } });
      return say("removed");
    },
    setCategory(slug) {
      const object = store.selected();
      if (object) change(object.uuid, { category: slug, product: null, grade: null, picked: null });
    },
    add(box, category) {
      const object = drawn(box, category, newUuid());
      store.apply({ create: [object], view: { selected: object.uuid, mode: "browse", draft: null } });
    },
    highlight(delta, { page = false } = {}) {
      const view = store.view();
      const object = store.selected();
      const count = shownCandidates(view, object).length;
      if (!object || !count) return;
      const now = highlightOf(view, object);
      const start = (Math.floor(now / PAGE) + delta) * PAGE;
      if (page && (start < 0 || start >= count)) return;
      const index = page ? start : Math.min(Math.max(now + delta, 0), count - 1);
      if (view.results) store.apply({ view: { resultHighlight: index } });
      else store.apply({ view: { highlights: { ...view.highlights, [object.uuid]: index } } });
    },
    /** Confirms every undecided proposal that has a candidate, with the highlighted one, as a single undo step. */
    confirmAll() {
      const view = { ...store.view(), results: null };
      const update = store.objects()
        .filter((object) => isUndecided(object) && !isDrawn(object) && object.candidates.length)
        .filter(({ asking }) => asking !== "waiting")
        .map((object) => {
          const candidate = object.candidates[highlightOf(view, object)];
          return { uuid: object.uuid, patch: pickPatch(candidate, "exact") };
        });
      store.apply({ update });
    },
    missing: () => store.objects().filter(isUndecided),
    setMode: (mode) => store.apply({ view: { mode } }),
  };
}
