/**
 * The one truth of the page: objects (what people decide) and view (what they look at).
 * There is one way in, `apply`, and every change reaches the observers as one change set:
 *   {origin: "local"|"remote", gesture, reset, created: [object], updated: [{uuid, before, after}],
 *    removed: [{object, index}], view: {before, after}|null}
 * `before` and `after` hold only the fields that changed.
 */

function same(a, b) {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function difference(target, patch) {
  const before = {};
  const after = {};
  for (const [name, value] of Object.entries(patch)) {
    if (same(target[name], value)) continue;
    before[name] = target[name];
    after[name] = value;
  }
  return Object.keys(after).length ? { before, after } : null;
}

export function createStore({ objects = [], view = {} } = {}) {
  let list = objects.map((object) => Object.freeze({ ...object }));
  let seen = Object.freeze({ ...view });
  const observers = new Set();
  const waiting = [];
  let emitting = false;

  // An observer may apply a change of its own: it waits until all have seen the first one.
  function emit(change) {
    waiting.push(change);
    if (emitting) return;
    emitting = true;
    try {
      while (waiting.length) {
        const next = waiting.shift();
        for (const observer of [...observers]) observer(next);
      }
    } finally {
      emitting = false;
      waiting.length = 0;
    }
  }

  function indexOf(uuid) {
    const index = list.findIndex((object) => object.uuid === uuid);
    if (index < 0) throw new Error(`No object ${uuid} in this scene.`);
    return index;
  }

  function applyUpdates(updates) {
    const done = [];
    for (const { uuid, patch } of updates) {
      const index = indexOf(uuid);
      const delta = difference(list[index], patch);
      if (!delta) continue;
      list = list.with(index, Object.freeze({ ...list[index], ...delta.after }));
      done.push({ uuid, ...delta });
    }
    return done;
  }

  function applyView(patch) {
    const delta = difference(seen, patch);
    if (delta) seen = Object.freeze({ ...seen, ...delta.after });
    return delta;
  }

  return {
    objects: () => list,
    view: () => seen,
    get: (uuid) => list.find((object) => object.uuid === uuid) ?? null,
    selected: () => list.find((object) => object.uuid === seen.selected) ?? null,

    /** create: [object | {object, index}], update: [{uuid, patch}], remove: [uuid], view: patch. */
    apply({ create = [], update = [], remove = [], view: patch = {} }, { origin = "local", gesture = null } = {}) {
      const removed = remove.map((uuid) => {
        const index = indexOf(uuid);
        const object = list[index];
        list = list.toSpliced(index, 1);
        return { object, index };
      });
      const created = create.map((entry) => {
        const { object, index } = entry.object ? entry : { object: entry, index: list.length };
        const frozen = Object.freeze({ ...object });
        list = list.toSpliced(index, 0, frozen);
        return frozen;
      });
      const updated = applyUpdates(update);
      const viewed = applyView(patch);
      if (!created.length && !updated.length && !removed.length && !viewed) return null;
      const change = { origin, gesture, reset: false, created, updated, removed, view: viewed };
      emit(change);
      return change;
    },

    /** Another scene, or another tab's draft: everything at once, never undoable. */
    reset(next, patch) {
      list = next.map((object) => Object.freeze({ ...object }));
      const viewed = applyView(patch);
      emit({ origin: "remote", gesture: null, reset: true, created: list, updated: [], removed: [], view: viewed });
    },

    observe(observer) {
      observers.add(observer);
      return () => observers.delete(observer);
    },
  };
}

/** True when the change touches what people decide, not only what they look at. */
export function touchesObjects(change) {
  return change.reset || change.created.length > 0 || change.updated.length > 0 || change.removed.length > 0;
}
