/**
 * Undo as an observer: nothing that changes the store knows that it is watched.
 * Local change sets become steps; those that carry the same gesture merge into one. What the server sends
 * (candidates, another tab's draft) is never undone, because a step puts back only the fields that it changed.
 */

function inverse({ created, updated, removed }) {
  return {
    remove: created.map((object) => object.uuid),
    create: removed.toReversed(),
    update: updated.toReversed().map(({ uuid, before }) => ({ uuid, patch: before })),
  };
}

function repeat({ created, updated, removed }) {
  return {
    create: created,
    update: updated.map(({ uuid, after }) => ({ uuid, patch: after })),
    remove: removed.map(({ object }) => object.uuid),
  };
}

/** A drag that was called off ends where it began: nothing to undo. */
function comesToNothing(changes) {
  if (changes.some(({ created, removed }) => created.length || removed.length)) return false;
  const first = new Map();
  const last = new Map();
  for (const { uuid, before, after } of changes.flatMap(({ updated }) => updated)) {
    for (const [name, value] of Object.entries(before)) {
      const key = `${uuid} ${name}`;
      if (!first.has(key)) first.set(key, JSON.stringify(value));
      last.set(key, JSON.stringify(after[name]));
    }
  }
  return [...first].every(([key, value]) => last.get(key) === value);
}

export function createUndo(store, { limit = 200 } = {}) {
  let past = [];
  let future = [];
  let replaying = false;

  const stop = store.observe((change) => {
    if (change.reset) {
      past = [];
      future = [];
      return;
    }
    const empty = !change.created.length && !change.updated.length && !change.removed.length;
    if (replaying || change.origin !== "local" || empty) return;
    const last = past.at(-1);
    if (change.gesture !== null && last?.gesture === change.gesture) {
      last.changes.push(change);
      if (comesToNothing(last.changes)) past = past.slice(0, -1);
    } else past = [...past, { gesture: change.gesture, changes: [change] }].slice(-limit);
    future = [];
  });

  function replay(changes, direction) {
    const touched = changes.flatMap(({ created, updated, removed }) =>
      [...created, ...updated, ...removed.map(({ object }) => object)].map(({ uuid }) => uuid));
    replaying = true;
    try {
      for (const change of changes) store.apply(direction(change));
      const target = touched.find((uuid) => store.get(uuid));
      if (target) store.apply({ view: { selected: target } });
    } finally {
      replaying = false;
    }
  }

  return {
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo() {
      const step = past.at(-1);
      if (!step) return false;
      past = past.slice(0, -1);
      replay(step.changes.toReversed(), inverse);
      future = [...future, step];
      return true;
    },
    redo() {
      const step = future.at(-1);
      if (!step) return false;
      future = future.slice(0, -1);
      replay(step.changes, repeat);
      past = [...past, { ...step, gesture: null }];
      return true;
    },
    destroy: stop,
  };
}
