/**
 * Work in progress: in the browser's storage at once, at the server within two seconds, again with growing pauses
 * while it cannot be reached. One assignment at a time is followed; older local drafts stay until submitted. A scene
 * that is only looked at again after it was sent has a draft in the browser alone.
 */

import { HttpError, worthRetrying } from "../lib/http.js";

const keyOf = (id) => `draft/${id}`;

/**
 * @param {{storage, put: (assignment, state) => Promise<{revision}>, clock: {later, cancel},
 *   waitMs?: number, onChange?: Function, onConflict?: ({revision, state}) => void, onRefused?: Function}} parts
 */
export function createDrafts({ storage, put, clock, waitMs = 1200, onChange = () => {}, onConflict = () => {},
  onRefused = () => {} }) {
  let assignment = null;
  let base = null;
  let pending = null;
  let timer = null;
  let sending = null;
  let delay = 1000;
  let trouble = null;
  let paused = false;
  let remote = true;
  /** When each state was made that was sent and not answered: one of them may have arrived. */
  let unheard = new Set();

  function schedule(ms) {
    if (timer !== null) clock.cancel(timer);
    timer = clock.later(() => flush(), ms);
  }

  function failed(error, state, target) {
    if (assignment !== target) return;
    pending ??= state;
    const stale = error instanceof HttpError && error.status === 409 && error.body?.state;
    const forgotten = error instanceof HttpError && error.status === 409 && error.body?.state === null;
    if (forgotten || (stale && (stale.saved_at === base?.saved_at || unheard.has(stale.saved_at)))) {
      // Our own last words before a reload, which arrived after the scene was lent to us again, or words whose answer was
      // lost; or the lease ran out, and the scene was lent to us anew and empty: ours goes on top.
      trouble = null;
      target.revision = error.body.revision;
      return;
    }
    trouble = error;
    if (stale) {
      paused = true;
      onConflict({ revision: error.body.revision, state: stale });
    } else if (worthRetrying(error)) {
      unheard.add(state.saved_at);
      schedule(delay);
      delay = Math.min(delay * 2, 30000);
    } else {
      paused = true;
      onRefused(error);
    }
  }

  async function sendOnce() {
    const target = assignment;
    const state = pending;
    pending = null;
    try {
      const { revision } = await put(target, state);
      if (assignment === target) unheard = new Set();
      trouble = null;
      delay = 1000;
      target.revision = revision;
    } catch (error) {
      failed(error, state, target);
    }
  }

  function flush() {
    if (timer !== null) clock.cancel(timer);
    timer = null;
    if (!pending || paused || !assignment) return sending ?? Promise.resolve();
    sending ??= sendOnce().finally(() => {
      sending = null;
      if (pending && !trouble) schedule(waitMs);
      onChange();
    });
    return sending;
  }

  return {
    flush,
    /** From here on `save` is about this assignment {id, token, revision}; `from` is the draft the page went on from. */
    follow(next, from = null, { local = false } = {}) {
      assignment = next;
      remote = !local;
      base = from;
      unheard = new Set();
      pending = null;
      trouble = null;
      paused = false;
      delay = 1000;
      if (timer !== null) clock.cancel(timer);
      timer = null;
      onChange();
    },
    save(state) {
      storage.setItem(keyOf(assignment.id), JSON.stringify(state));
      if (!remote) return;
      pending = state;
      if (!trouble) schedule(waitMs);
      onChange();
    },
    /** After a conflict: our state goes on top of the given revision. */
    overrule(revision) {
      assignment.revision = revision;
      paused = false;
      trouble = null;
      return flush();
    },
    local(id) {
      const text = storage.getItem(keyOf(id));
      return text ? JSON.parse(text) : null;
    },
    forget: (id) => storage.removeItem(keyOf(id)),
    dirty: () => pending !== null || sending !== null,
    trouble: () => trouble,
  };
}
