/**
 * The only file that talks to the server: loans, drafts, submissions, heartbeats, retrievals, search, keys, sign-in.
 * The light is one word for all of it: {state: "saved"|"saving"|"offline"|"signed_out"|"unsaved", waiting: n}.
 */

import { HttpError, worthRetrying } from "../lib/http.js";
import { createDrafts } from "./drafts.js";
import { createOutbox } from "./outbox.js";

const fillIn = (template, id) => template.replace("{id}", encodeURIComponent(id));

const POLL = { first: 250, last: 1000, tries: 60 };

/** What of a filter {brand, price_min, price_max} was said. */
const said = (filter) => Object.fromEntries(Object.entries(filter ?? {}).filter(([, value]) => value !== "" && value !== null));

/** @param {{http, urls, storage, clock: {now, later, cancel, wait}, on?: {light, sent, refused, conflict, draftRefused}}} parts */
export function createSave({ http, urls, storage, clock, on = {} }) {
  let told = "";

  function light() {
    const trouble = outbox.trouble() ?? drafts.trouble();
    const waiting = outbox.size() + (drafts.dirty() ? 1 : 0);
    if (trouble instanceof HttpError && trouble.signedOut) return { state: "signed_out", waiting };
    if (trouble && !worthRetrying(trouble)) return { state: "unsaved", waiting };
    if (trouble) return { state: "offline", waiting };
    return { state: waiting ? "saving" : "saved", waiting };
  }

  function tell() {
    const now = light();
    if (JSON.stringify(now) === told) return;
    told = JSON.stringify(now);
    on.light?.(now);
  }

  const outbox = createOutbox({
    storage, clock, onChange: () => tell(), onSent: on.sent, onRefused: on.refused,
    send: ({ uuid, kind, assignment, body }) => http.post(fillIn(urls[kind], assignment), { uuid, ...body }),
  });

  const drafts = createDrafts({
    storage, clock, onChange: () => tell(), onConflict: on.conflict, onRefused: on.draftRefused,
    async put({ id, token, revision }, state) {
      return (await http.put(fillIn(urls.draft, id), { token, revision, state })).body;
    },
  });

  async function answerOf(id, signal) {
    for (let tries = 0, pause = POLL.first; tries < POLL.tries; tries += 1, pause = Math.min(pause * 1.5, POLL.last)) {
      await clock.wait(pause);
      const { body } = await http.get(fillIn(urls.retrieval, id), { signal });
      if (body.state === "done") return body.candidates;
      if (body.state === "failed") throw new HttpError(422, { error: { code: "retrieval_failed", message: body.error } });
    }
    throw new HttpError(504, { error: { code: "retrieval_slow", message: "" } });
  }

  return {
    light, drafts, outbox,
    /** `have` are the assignments that are here already: they stay lent and are not sent again. */
    lend: async (want, have = []) => (await http.post(urls.lend, { want, have })).body.assignments,
    submit: ({ id, token }, uuid, body) => outbox.put({ uuid, kind: "submit", assignment: id, body: { token, ...body } }),
    skip: ({ id, token }, uuid, body) => outbox.put({ uuid, kind: "skip", assignment: id, body: { token, ...body } }),
    heartbeat: ({ id, token }) => http.post(fillIn(urls.heartbeat, id), { token }),
    release: ({ id, token }) => http.beacon(fillIn(urls.release, id), { token }),
    /** New candidates for a box; resolves when the worker has answered. `signal` gives up a question that is stale. */
    async retrieve({ id, token }, { box, category, proposal, filter }, signal) {
      const question = { token, proposal, box, category, ...said(filter) };
      const { body } = await http.post(fillIn(urls.retrieve, id), question, { signal });
      return answerOf(body.id, signal);
    },
    async search({ q, vertical, category, filter }, signal) {
      const query = new URLSearchParams({ q, vertical, category, ...said(filter) });
      return (await http.get(`${urls.search}?${query}`, { signal })).body.results;
    },
    putKeys: urls.keys ? (own) => http.put(urls.keys, own) : null,
    /** Signs the same person in again, and sends what waits. False when name and password do not go together. */
    async signIn(url, username, password) {
      const welcome = await http.form(url, { username, password });
      if (welcome) Promise.all([drafts.flush(), outbox.flush()]);
      return welcome;
    },
    /** Everything that waits, now: the network is back, or the tab is about to go. */
    flush: () => Promise.all([drafts.flush(), outbox.flush()]),
  };
}
