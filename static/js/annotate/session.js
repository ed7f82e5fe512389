/**
 * Which scene is on the page and which are next. Two are kept ready, data and picture, so that the next one is
 * there before the key is up; what is submitted goes to the outbox and never holds anybody up.
 */

import { worthRetrying } from "../lib/http.js";
import { decisionOf, draftOf, newestDraft, restore } from "./decisions.js";
import { touchesObjects } from "./store.js";

const HELD = 3;
const RETRY_MS = 5000;
const IDLE_MS = 15000;

/**
 * @param {{store, save, clock: {now, later, cancel}, newUuid: () => string, preload: (url) => void,
 *   on: {scene: Function, empty: Function, error: Function}}} parts
 */
export function createSession({ store, save, clock, newUuid, preload, on }) {
  let current = null;
  let ahead = [];
  const left = new Set();
  let refilling = null;
  let done = 0;
  let seconds = 0;
  let since = null;
  let retry = null;

  const elapsed = () => seconds + (since === null ? 0 : (clock.now() - since) / 1000);

  function show(assignment) {
    current = assignment;
    const draft = newestDraft(assignment.draft, save.drafts.local(assignment.id));
    save.drafts.follow(assignment, draft);
    seconds = draft?.seconds ?? 0;
    since = clock.now();
    const objects = restore(assignment, draft, newUuid);
    open(objects);
    if (draft && draft !== assignment.draft) save.drafts.save(draft);
    on.scene(assignment);
  }

  function open(objects) {
    const first = objects.find(({ grade, rejected }) => grade === null && !rejected) ?? objects[0];
    store.reset(objects, {
      scene: current.scene, selected: first?.uuid ?? null, mode: "browse", highlights: {}, results: null, query: "",
      resultHighlight: 0, draft: null, crosshair: null, hidden: null, viewport: null,
    });
  }

  function advance() {
    current = ahead.shift() ?? null;
    if (current) show(current);
    else {
      since = null;
      store.reset([], { scene: null, selected: null, mode: "idle", results: null, draft: null, viewport: null });
      on.empty({ waiting: true });
    }
    refill();
  }

  // `left` as well as the outbox: a loan may be answered from before a submission that has arrived by now.
  const isNew = ({ id }) =>
    id !== current?.id && !left.has(id) && !ahead.some((held) => held.id === id) && !save.outbox.holds(id);

  function lookAgain(ms) {
    clock.cancel(retry);
    retry = clock.later(refill, ms);
  }

  async function lendMore() {
    try {
      const lent = await save.lend(HELD);
      const fresh = lent.filter(isNew);
      for (const { scene } of fresh) preload(scene.image_url);
      ahead = [...ahead, ...fresh];
      if (current === null && ahead.length) show(ahead.shift());
      else if (current === null) {
        on.empty({ waiting: lent.length > 0 });
        lookAgain(IDLE_MS);
      }
    } catch (error) {
      on.error(error);
      if (current === null) on.empty({ waiting: true });
      lookAgain(RETRY_MS);
    }
  }

  function refill() {
    refilling ??= lendMore().finally(() => {
      refilling = null;
    });
    return refilling;
  }

  const stop = store.observe((change) => {
    if (current && !change.reset && change.origin === "local" && touchesObjects(change)) saveDraft();
  });

  function saveDraft() {
    save.drafts.save(draftOf(store.objects(), Math.round(elapsed()), clock.now()));
  }

  function leave(send) {
    const assignment = current;
    done += 1;
    left.add(assignment.id);
    save.drafts.follow(null);
    send(assignment, newUuid());
    save.drafts.forget(assignment.id);
    advance();
  }

  return {
    start: refill,
    refill,
    current: () => current,
    done: () => done,
    submit() {
      const decisions = store.objects().map(decisionOf);
      const spent = Math.round(elapsed() * 10) / 10;
      leave((assignment, uuid) => save.submit(assignment, uuid, { seconds: spent, decisions }));
    },
    skip: (reason) => leave((assignment, uuid) => save.skip(assignment, uuid, reason)),
    /** Another tab saved first: its state replaces ours. */
    takeTheirs({ revision, state }) {
      const assignment = current;
      assignment.revision = revision;
      save.drafts.follow(assignment);
      open(restore(assignment, state, newUuid));
    },
    /** The server refused what we sent: should it lend the scene again, it is shown again. */
    refused({ assignment }) {
      left.delete(assignment);
      return refill();
    },
    keepOurs: ({ revision }) => save.drafts.overrule(revision),
    /** Keeps leases alive; a lease that is gone is the server's word, told once. */
    async beat() {
      const held = [current, ...ahead].filter(Boolean);
      const answers = await Promise.allSettled(held.map((assignment) => save.heartbeat(assignment)));
      const refused = answers.find(({ reason }) => reason && !worthRetrying(reason));
      if (refused) on.error(refused.reason);
    },
    pause() {
      seconds = elapsed();
      since = null;
    },
    resume() {
      since ??= current ? clock.now() : null;
    },
    /** The page goes away: hand back what nobody has looked at. */
    release() {
      for (const assignment of ahead) save.release(assignment);
      ahead = [];
    },
    destroy: stop,
  };
}
