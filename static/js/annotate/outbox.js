/**
 * Finished work on its way to the server: kept in storage first, sent in the background in order, again and again
 * with the same UUID until the server has it. What the server refuses is set aside, never thrown away. Each entry has
 * a key of its own, so that two tabs never write over each other's work.
 */

import { HttpError, worthRetrying } from "../lib/http.js";

const WAITING = "outbox/";
const REFUSED = "refused/";

/** Not ours for now: perhaps another person was signed in when it was sent. Worth another try with the next pages. */
const MAY_PASS = new Set([403, 404]);
const TRIES = 3;

/**
 * @param {{storage, send: (entry) => Promise, clock: {now, later, cancel}, onChange?: Function, onSent?: Function,
 *   onRefused?: Function}} parts `send` posts one entry {uuid, kind, ...}
 */
export function createOutbox({ storage, send, clock, onChange = () => {}, onSent = () => {}, onRefused = () => {} }) {
  let running = null;
  let timer = null;
  let delay = 1000;
  let trouble = null;
  let serial = 0;

  const read = (prefix) => storage.keys(prefix).map((key) => JSON.parse(storage.getItem(key)))
    .toSorted((a, b) => a.at - b.at || a.serial - b.serial);
  const entries = () => read(WAITING);
  const forget = ({ uuid }) => storage.removeItem(WAITING + uuid);

  for (const { refused, ...entry } of read(REFUSED)) {
    const tries = (entry.tries ?? 0) + 1;
    if (!MAY_PASS.has(refused) || tries > TRIES) continue;
    storage.setItem(WAITING + entry.uuid, JSON.stringify({ ...entry, tries }));
    storage.removeItem(REFUSED + entry.uuid);
  }

  async function drain() {
    for (let [entry] = entries(); entry; [entry] = entries()) {
      try {
        const answer = await send(entry);
        trouble = null;
        delay = 1000;
        forget(entry);
        onSent(entry, answer?.body);
      } catch (error) {
        if (worthRetrying(error)) {
          trouble = error;
          timer = clock.later(() => flush(), delay);
          delay = Math.min(delay * 2, 30000);
          return;
        }
        trouble = null;
        const refused = error instanceof HttpError ? error.status : 0;
        storage.setItem(REFUSED + entry.uuid, JSON.stringify({ ...entry, refused }));
        forget(entry);
        onRefused(entry, error);
      }
      onChange();
    }
  }

  /** Sends what waits; called while a send is under way it joins that one. */
  function flush() {
    if (timer !== null) clock.cancel(timer);
    timer = null;
    running ??= drain().finally(() => {
      running = null;
      onChange();
    });
    return running;
  }

  return {
    flush,
    put(entry) {
      serial += 1;
      storage.setItem(WAITING + entry.uuid, JSON.stringify({ ...entry, at: clock.now(), serial }));
      onChange();
      return flush();
    },
    size: () => storage.keys(WAITING).length,
    holds: (assignmentId) => entries().some((entry) => entry.assignment === assignmentId),
    refused: () => read(REFUSED),
    trouble: () => trouble,
  };
}
