/**
 * Which work is on the page and which is next, whatever its kind. Two more are kept ready, data and pictures, so that the
 * next is there before the key is up; what is submitted goes to the outbox and never holds anybody up. Work that was sent
 * can be opened again: it stands in front of what is under way, and sending it again amends it.
 */

import { worthRetrying } from "../lib/http.js";
import { decisionOf, draftOf, knownOf, newestDraft, restore } from "./decisions.js";
import { homeOf, isKnown, kindOf, picturesOf } from "./kinds.js";
import { inSight } from "./sight.js";
import { touchesObjects } from "./store.js";

const HELD = 3;
const RETRY_MS = 5000;
const IDLE_MS = 15000;

/**
 * @param {{store, save, clock: {now, later, cancel}, newUuid: () => string, preload: (url) => void, activity, history,
 *   on: {scene: (assignment, {amending}) => void, sent: (figures) => void, empty: Function, error: Function}}} parts
 */
export function createSession({ store, save, clock, newUuid, preload, activity, history, on }) {
  let current = null;
  /** The history entry on the page, null while it shows new work; that work waits in `parked` meanwhile. */
  let past = null;
  let parked = null;
  let ahead = [];
  const left = new Set();
  let refilling = null;
  let done = 0;
  let retry = null;

  function show(assignment, entry = null) {
    current = assignment;
    past = entry;
    const kept = save.drafts.local(assignment.id);
    const draft = entry ? kept ?? entry.draft : newestDraft(assignment.draft, kept);
    save.drafts.follow(assignment, draft, { local: entry !== null });
    open(restore(assignment, draft, newUuid));
    activity.start(draft ?? {});
    if (!entry && draft && draft !== assignment.draft) save.drafts.save(draft);
    on.scene(assignment, { amending: entry !== null });
  }

  function open(objects) {
    const kind = kindOf(current);
    const seen = inSight({ ...store.view(), kind, selected: null }, objects);
    const first = seen.find(({ grade, rejected }) => grade === null && !rejected) ?? seen[0];
    store.reset(objects, {
      kind, scene: current.scene, known: knownOf(current), selected: first?.uuid ?? null, mode: homeOf({ kind }),
      highlights: {}, results: null, query: "", filter: null, resultHighlight: 0, draft: null, hidden: null, viewport: null,
      large: false,
    });
  }

  function advance() {
    current = ahead.shift() ?? null;
    // More is fetched once what was sent has arrived, which is when there is room for more.
    if (current) show(current);
    else {
      empty();
      refill();
    }
  }

  function empty() {
    current = null;
    past = null;
    activity.end();
    store.reset([], {
      kind: null, scene: null, known: [], selected: null, mode: "idle", results: null, filter: null, draft: null,
      viewport: null, large: false,
    });
    on.empty({ waiting: true });
  }

  // `left` as well as the outbox: a loan may be answered from before a submission that has arrived by now.
  const isNew = ({ id }) =>
    id !== current?.id && id !== parked?.id && !left.has(id) && !ahead.some((held) => held.id === id) && !save.outbox.holds(id);

  function lookAgain(ms) {
    clock.cancel(retry);
    retry = clock.later(refill, ms);
  }

  async function lendMore() {
    const here = [current, parked, ...ahead].filter(Boolean).map(({ id }) => id);
    try {
      const lent = await save.lend(HELD, here);
      const fresh = lent.filter(isNew).filter(isKnown);
      // A server newer than this page may lend what the page cannot show: somebody else can do it.
      for (const strange of lent.filter((one) => !isKnown(one))) save.release(strange);
      for (const url of fresh.flatMap(picturesOf)) preload(url);
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
    save.drafts.save(draftOf(store.objects(), activity.figures(), clock.now()));
  }

  /** Back to where the work was before somebody looked back. */
  function comeBack() {
    const work = parked;
    parked = null;
    if (work) show(work);
    else advance();
  }

  function leave(kind, send) {
    const assignment = current;
    const entry = past;
    const figures = activity.figures();
    const draft = draftOf(store.objects(), figures, clock.now());
    const uuid = newUuid();
    left.add(assignment.id);
    history.keep({ assignment, draft, uuid, kind, at: clock.now() });
    save.drafts.follow(null);
    send(assignment, uuid, figures, entry?.uuid ?? null);
    save.drafts.forget(assignment.id);
    if (entry) comeBack();
    else {
      done += 1;
      on.sent({ seconds: figures.seconds, objects: draft.objects.length });
      advance();
    }
  }

  /** Opens the entry of the history at `index`, or goes back to work past its end. */
  function look(index) {
    if (index < 0 || (index >= history.size() && !past)) return false;
    // What was not sent yet goes now, before the draft of another scene is followed.
    save.drafts.flush();
    if (!past) parked = current;
    if (index >= history.size()) comeBack();
    else show(history.at(index).assignment, history.at(index));
    return true;
  }

  const place = () => (past ? history.indexOf(past.assignment.id) : history.size());

  return {
    start: refill,
    refill,
    current: () => current,
    done: () => done,
    amends: () => past !== null,
    submit() {
      leave("submit", (assignment, uuid, { seconds, spent }, amends) => {
        // An amendment is a new decision about the same objects, so its parts have names of their own.
        const decisions = store.objects().map((object) => decisionOf(object, spent[object.uuid]))
          .map((decision) => (amends ? { ...decision, uuid: newUuid() } : decision));
        save.submit(assignment, uuid, { seconds, decisions, amends });
      });
    },
    skip: (reason) => leave("skip", (assignment, uuid, _, amends) => save.skip(assignment, uuid, { reason, amends })),
    /** One scene back in what was sent, false at its beginning; `forward` again and at last back to work. */
    back: () => look(place() - 1),
    forward: () => look(place() + 1),
    toWork: () => past !== null && look(history.size()),
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
      history.drop(assignment);
      return refill();
    },
    keepOurs: ({ revision }) => save.drafts.overrule(revision),
    /** Keeps leases alive; a lease that is gone is the server's word, told once. */
    async beat() {
      const held = [past ? parked : current, ...ahead].filter(Boolean);
      const answers = await Promise.allSettled(held.map((assignment) => save.heartbeat(assignment)));
      const refused = answers.find(({ reason }) => reason && !worthRetrying(reason));
      if (refused) on.error(refused.reason);
    },
    /** The page goes away: hand back what nobody has looked at. */
    release() {
      for (const assignment of ahead) save.release(assignment);
      ahead = [];
    },
    destroy: stop,
  };
}
