/**
 * How long a person was really at work on each object. Time runs from one sign of life to the next, and at most
 * `IDLE_MS` of it counts: whoever fetches a coffee is not slow. Pure; the page reports the signs.
 */

export const IDLE_MS = 30000;

/** @param {{store, clock: {now}}} parts time goes to the object that is selected while it passes */
export function createActivity({ store, clock }) {
  let spent = new Map();
  let total = 0;
  let last = null;
  let on = null;

  /** Somebody moved, pressed or scrolled. */
  function touch() {
    if (last === null) return;
    const ms = Math.min(clock.now() - last, IDLE_MS);
    last = clock.now();
    total += ms;
    if (on !== null) spent.set(on, (spent.get(on) ?? 0) + ms);
  }

  const stop = store.observe((change) => {
    if (!change.view || !("selected" in change.view.after)) return;
    if (!change.reset) touch();
    on = store.view().selected;
  });

  const rounded = (ms) => Math.round(ms / 100) / 10;

  return {
    touch,
    /** A scene comes onto the page, perhaps with time spent on it before (seconds). */
    start({ seconds = 0, spent: before = {} } = {}) {
      total = seconds * 1000;
      spent = new Map(Object.entries(before).map(([uuid, each]) => [uuid, each * 1000]));
      last = clock.now();
      on = store.view().selected;
    },
    pause() {
      touch();
      last = null;
    },
    resume() {
      last ??= clock.now();
    },
    end() {
      last = null;
    },
    /** {seconds, spent: {uuid: seconds}} up to now. */
    figures() {
      touch();
      return { seconds: rounded(total), spent: Object.fromEntries([...spent].map(([uuid, ms]) => [uuid, rounded(ms)])) };
    },
    destroy: stop,
  };
}
