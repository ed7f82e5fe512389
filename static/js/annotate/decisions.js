/** From what the server lends to objects of the store, and from objects to decisions and drafts. Pure. */

import { sameBox } from "./geometry.js";

export const GRADES = ["exact", "similar", "none"];
const KEPT = ["uuid", "proposal", "box", "category", "product", "grade", "rejected", "picked", "comment", "flagged"];
const UNSAID = { product: null, grade: null, rejected: false, picked: null, comment: "", flagged: false };

export const isDrawn = (object) => object.proposal === null;

export function isChanged({ proposal, given, box, category }) {
  return proposal !== null && (!sameBox(given.box, box) || given.category !== category);
}

/** "undecided" | "confirmed" | "adjusted" | "added" | "rejected": what a person sees of an object. */
export function stateOf(object) {
  if (object.rejected) return "rejected";
  if (object.grade === null) return "undecided";
  if (isDrawn(object)) return "added";
  return isChanged(object) ? "adjusted" : "confirmed";
}

export const isUndecided = (object) => stateOf(object) === "undecided";

export function proposed({ proposal, box, category, score, candidates }, uuid) {
  return {
    uuid, proposal, box, category, score, given: { box, category }, ...UNSAID,
    candidates, askedFor: { box, category }, asking: null,
  };
}

export function drawn(box, category, uuid) {
  return {
    uuid, proposal: null, box, category, score: null, given: null, ...UNSAID,
    candidates: [], askedFor: null, asking: null,
  };
}

/** Objects of an assignment with a draft laid over them; a draft of a proposal that is gone is left out. */
export function restore(assignment, draft, newUuid) {
  const saved = draft?.objects ?? [];
  const byProposal = new Map(saved.filter((entry) => entry.proposal !== null).map((entry) => [entry.proposal, entry]));
  const objects = assignment.objects.map((given) => {
    const object = proposed(given, newUuid());
    return { ...object, ...byProposal.get(given.proposal) };
  });
  const added = saved.filter((entry) => entry.proposal === null);
  return [...objects, ...added.map((entry) => ({ ...drawn(entry.box, entry.category, entry.uuid), ...entry }))];
}

/** What a draft keeps: the decisions and the time spent, not the candidates, which the server has. */
export function draftOf(objects, { seconds, spent = {} }, savedAt) {
  const kept = objects.map((object) => Object.fromEntries(KEPT.map((name) => [name, object[name]])));
  return { version: 1, saved_at: savedAt, seconds, spent, objects: kept };
}

export function newestDraft(...drafts) {
  const sound = drafts.filter((draft) => draft?.version === 1 && Array.isArray(draft.objects));
  return sound.reduce((best, draft) => (best && best.saved_at >= draft.saved_at ? best : draft), null);
}

/** @param {number} seconds how long a person was active on the object */
export function decisionOf(object, seconds = 0) {
  const { uuid, proposal, box, category, comment, flagged } = object;
  const said = { uuid, proposal, box, category, comment, flagged, seconds };
  if (object.rejected) return { ...said, verdict: "rejected", product: null, grade: null };
  const product = object.grade === "none" ? null : object.product;
  return { ...said, verdict: stateOf(object), product, grade: object.grade };
}

/** A person's pick as a patch of the object. Picking also takes back a rejection. */
export function pickPatch(candidate, grade) {
  if (grade === "none") return { grade, product: null, picked: null, rejected: false };
  return { grade, product: candidate.product, picked: candidate, rejected: false };
}
