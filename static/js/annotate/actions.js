/** What people can do to a scene, as changes of the store. Knows no key, no pointer and no network. */

import { drawn, isDrawn, isStale, isUndecided, pickPatch } from "./decisions.js";
import { nextOf, objectsAt, objectsOver } from "./geometry.js";
import { homeOf, isBurst } from "./kinds.js";
import { hiddenOnes, inSight, isFiltering, isHidden, passes } from "./sight.js";

export const PAGE = 9;
/** Back where the keys are at home, with nothing searched for. */
const blank = (view) => ({ mode: homeOf(view), results: null, query: "", filter: null, large: false });

/** The candidates in the strip for an object: what was searched for, else the ranked ones that pass the filter. */
export function shownCandidates(view, object) {
  if (view.results) return view.results;
  const candidates = object?.candidates ?? [];
  return isFiltering(view.filter) ? candidates.filter((product) => passes(view.filter, product)) : candidates;
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
    const { large } = store.view();
    store.apply({ view: { ...blank(store.view()), selected: uuid, draft: null, large } });
  }

  /** The next object in sight that `only` wants, going round, or null. */
  function step(direction, only = () => true) {
    const objects = inSight(store.view(), store.objects());
    if (!objects.length) return null;
    const from = objects.findIndex(({ uuid }) => uuid === store.view().selected);
    const start = from < 0 && direction < 0 ? 0 : from;
    for (let count = 1; count <= objects.length; count += 1) {
      const index = (start + direction * count + objects.length * (count + 1)) % objects.length;
      if (only(objects[index])) return objects[index];
    }
    return null;
  }

  /** To what is still to be decided. In a burst, where most is decided, one stays where one is. */
  function goOn() {
    const burst = isBurst(store.view().kind);
    const next = burst ? null : step(1, isUndecided);
    if (next) select(next.uuid);
    else {
      store.apply({ view: blank(store.view()) });
      if (burst) return;
      if (!tellHidden()) finish();
    }
  }

  /** Says that the threshold hides something undecided; false when it hides nothing. */
  function tellHidden() {
    const { threshold } = store.view();
    const n = hiddenOnes(store.view(), store.objects()).length;
    if (n) say("hidden_undecided", { n, percent: Math.round(threshold * 100) });
    return n > 0;
  }

  function pick(index, grade) {
    const object = store.selected();
    if (!object) return say("nothing_selected");
    if (isStale(object) && !store.view().results) {
      return say(object.asking === "waiting" ? "wait_for_candidates" : "looking_failed");
    }
    const candidate = shownCandidates(store.view(), object)[index];
    if (!candidate) return say("no_such_candidate", { n: (index % PAGE) + 1 });
    change(object.uuid, pickPatch(candidate, grade));
    return goOn();
  }

  return {
    select, pick, goOn, tellHidden,
    move(direction) {
      const target = step(direction);
      if (target) select(target.uuid);
    },
    /** To the next object that waits for a decision; once there is none, to the next of all. */
    moveUndecided(direction) {
      const target = step(direction, isUndecided) ?? step(direction);
      if (target) select(target.uuid);
    },
    /** Through the boxes that lie on each other: under `point` (image pixels) when there are any, else under the selected. */
    cycle(point) {
      const view = store.view();
      const objects = inSight(view, store.objects());
      const under = point ? objectsAt(objects, point, view.scene) : [];
      const object = store.selected();
      const pile = under.length || !object ? under : objectsOver(objects, object.box);
      if (pile.length) select(nextOf(pile, view.selected).uuid);
    },
    /** The n-th card of the page in sight, n from 1. */
    pickCard(n, grade) {
      const object = store.selected();
      const page = Math.floor(highlightOf(store.view(), object) / PAGE);
      pick(page * PAGE + n - 1, grade);
    },
    confirm() {
      const object = store.selected();
      // In a coverage check that is an answer: nothing is missing.
      if (!object) return store.view().kind === "coverage" ? goOn() : say("nothing_selected");
      if (!store.view().results && (object.rejected || object.grade !== null)) return goOn();
      if (!shownCandidates(store.view(), object).length) return say("no_candidates_to_confirm");
      return pick(highlightOf(store.view(), object), "exact");
    },
    similar() {
      if (!store.selected()) return say("nothing_selected");
      return pick(highlightOf(store.view(), store.selected()), "similar");
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
      store.apply({ remove: [object.uuid], view: { ...blank(store.view()), selected: next?.uuid ?? null } });
      return say("removed");
    },
    setCategory(slug) {
      const object = store.selected();
      if (object) change(object.uuid, { category: slug, product: null, grade: null, picked: null, rejected: false });
    },
    add(box, category) {
      const object = drawn(box, category, newUuid());
      store.apply({ create: [object], view: { ...blank(store.view()), selected: object.uuid, draft: null } });
    },
    /** Words for the curator about the selected object; what is typed in one go is one step to undo. */
    comment(text, gesture) {
      const object = store.selected();
      if (object) change(object.uuid, { comment: text }, { gesture });
    },
    flag() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      change(object.uuid, { flagged: !object.flagged });
      return say(object.flagged ? "unflagged" : "flagged");
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
    /**
     * Confirms every undecided proposal in sight that has a candidate, with the highlighted one, as a single undo step.
     * What the threshold hides is left alone: nobody confirms what they did not see.
     */
    confirmAll() {
      const view = store.view();
      const update = store.objects()
        .filter((object) => isUndecided(object) && !isDrawn(object) && object.candidates.length)
        .filter((object) => !isStale(object) && !isHidden(view, object))
        .map((object) => {
          const candidate = object.candidates[highlightOf({ ...view, results: null, filter: null }, object)];
          return { uuid: object.uuid, patch: pickPatch(candidate, "exact") };
        });
      store.apply({ update });
    },
    /** Rejects all that the threshold hides, as a single undo step. */
    rejectHidden() {
      const hidden = hiddenOnes(store.view(), store.objects());
      if (!hidden.length) return say("none_hidden");
      store.apply({ update: hidden.map(({ uuid }) => ({ uuid, patch: { rejected: true } })) });
      return say("hidden_rejected", { n: hidden.length });
    },
    setThreshold: (threshold) => store.apply({ view: { threshold } }),
    toggleOrder() {
      const order = store.view().order === "uncertain" ? "given" : "uncertain";
      store.apply({ view: { order } });
      say(`order_${order}`);
    },
    missing: () => store.objects().filter(isUndecided),
    setMode: (mode) => store.apply({ view: { mode } }),
    /** To where the keys are at home in the work on the page. */
    home: () => store.apply({ view: { mode: homeOf(store.view()) } }),
  };
}
