/**
 * Finished work on its way to the server: kept in storage first, sent in the background in order, again and again
 * with the same UUID until the server has it. What the server refuses for good is set aside, never thrown away.
 */

import { worthRetrying } from "../lib/http.js";

const WAITING = "looktag.outbox";
const REFUSED = "looktag.refused";

function read(storage, key) {
  return JSON.parse(storage.getItem(key) ?? "[]");
}

/**
 * @param {{storage: Storage, send: (entry) => Promise, clock: {later: Function, cancel: Function},
 *   onChange?: Function, onSent?: Function, onRefused?: Function}} parts `send` posts one entry {uuid, kind, ...}
 */
export function createOutbox({ storage, send, clock, onChange = () => {}, onSent = () => {}, onRefused = () => {} }) {
  let running = null;
  let timer = null;
  let delay = 1000;
  let trouble = null;

  const entries = () => read(storage, WAITING);
  const forget = (uuid) => storage.setItem(WAITING, JSON.stringify(entries().filter((entry) => entry.uuid !== uuid)));

  async function drain() {
    for (let entry = entries()[0]; entry; entry = entries()[0]) {
      try {
        await send(entry);
        trouble = null;
        delay = 1000;
        forget(entry.uuid);
        onSent(entry);
      } catch (error) {
        if (worthRetrying(error)) {
          trouble = error;
          timer = clock.later(() => flush(), delay);
          delay = Math.min(delay * 2, 30000);
          return;
        }
        storage.setItem(REFUSED, JSON.stringify([...read(storage, REFUSED), entry].slice(-20)));
        forget(entry.uuid);
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
      storage.setItem(WAITING, JSON.stringify([...entries(), entry]));
      onChange();
      return flush();
    },
    size: () => entries().length,
    holds: (assignmentId) => entries().some((entry) => entry.assignment === assignmentId),
    refused: () => read(storage, REFUSED),
    trouble: () => trouble,
  };
}
