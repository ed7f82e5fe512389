/** Watches the store: when a box or its category changes, candidates are looked for again. Never undoable. */

import { worthRetrying } from "../lib/http.js";
import { sameBox } from "./geometry.js";

const WAIT_MS = 350;
const RETRY_MS = 4000;

const asked = (a, b) => Boolean(a) && a.category === b.category && sameBox(a.box, b.box);

/** @param {{store, ask: ({box, category, proposal}, signal) => Promise, clock, onError: Function}} parts */
export function createRetrieval({ store, ask, clock, onError }) {
  const open = new Map();
  let known = new Map();

  const keyOf = ({ box, category, proposal }) => `${proposal} ${category} ${box.map((value) => value.toFixed(6))}`;
  const put = (uuid, patch) => store.get(uuid) && store.apply({ update: [{ uuid, patch }] }, { origin: "remote" });

  function drop(uuid) {
    const question = open.get(uuid);
    if (!question) return;
    clock.cancel(question.timer);
    question.abort.abort();
    open.delete(uuid);
  }

  async function run(uuid, wanted, abort) {
    try {
      const candidates = await ask(wanted, abort.signal);
      known.set(keyOf(wanted), candidates);
      settle(uuid, wanted, candidates, abort);
    } catch (error) {
      if (abort.signal.aborted) return;
      put(uuid, { asking: "failed" });
      onError(error);
      if (!worthRetrying(error)) open.delete(uuid);
      else open.get(uuid).timer = clock.later(() => run(uuid, wanted, abort), RETRY_MS);
    }
  }

  function settle(uuid, wanted, candidates, abort) {
    if (abort?.signal.aborted) return;
    open.delete(uuid);
    if (!store.get(uuid)) return;
    put(uuid, { candidates, askedFor: wanted, asking: null });
    store.apply({ view: { highlights: { ...store.view().highlights, [uuid]: 0 } } }, { origin: "remote" });
  }

  function consider(object) {
    const { uuid, box, category, proposal } = object;
    const question = open.get(uuid);
    if (question && asked(question.wanted, object)) return;
    drop(uuid);
    if (asked(object.askedFor, object)) {
      put(uuid, { asking: null });
      return;
    }
    // The proposal tells which scene of a burst the box is in.
    const wanted = { box, category, proposal };
    const cached = known.get(keyOf(wanted));
    if (cached) {
      settle(uuid, wanted, cached);
      return;
    }
    const abort = new AbortController();
    const timer = clock.later(() => run(uuid, wanted, abort), WAIT_MS);
    open.set(uuid, { wanted, timer, abort });
    put(uuid, { asking: "waiting" });
  }

  const stop = store.observe((change) => {
    if (change.reset) {
      for (const uuid of [...open.keys()]) drop(uuid);
      known = new Map();
    }
    for (const { uuid } of change.removed.map(({ object }) => object)) drop(uuid);
    const names = ["box", "category"];
    const touched = change.updated.filter(({ after }) => names.some((name) => name in after)).map(({ uuid }) => uuid);
    for (const object of [...change.created.map(({ uuid }) => uuid), ...touched].map(store.get)) {
      if (!object || object.boxOnly) continue;
      if (object.askedFor && object.candidates.length) known.set(keyOf({ ...object, ...object.askedFor }), object.candidates);
      consider(object);
    }
  });

  return { destroy: stop };
}
