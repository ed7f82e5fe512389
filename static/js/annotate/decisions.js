/** From what the server lends to objects of the store, and from objects to decisions and drafts. Pure. */

import { sameBox } from "./geometry.js";
import { isBurst, kindOf } from "./kinds.js";

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
  if (object.grade === null && !object.boxOnly) return "undecided";
  if (isDrawn(object)) return "added";
  return isChanged(object) ? "adjusted" : "confirmed";
}

/** Whether the candidates answer another question: a new one is on its way, or failed, and the category is another. */
export function isStale({ asking, askedFor, category }) {
  return asking === "waiting" || (asking === "failed" && askedFor?.category !== category);
}

export const isUndecided = (object) => stateOf(object) === "undecided";

/** An object of a burst as the burst takes it when nobody says otherwise: right, with the best candidate if it asks for one. */
export function asGiven({ boxOnly, given: { category, candidate } }) {
  if (boxOnly) return { category, rejected: false };
  return candidate ? { category, ...pickPatch(candidate, "exact") } : { category };
}

/** "accepted" | "struck" | "changed" | "none" | "rejected": what a person sees of an object of a burst. */
export function cellOf(object) {
  const state = stateOf(object);
  if (object.boxOnly) return { rejected: "struck", adjusted: "changed" }[state] ?? "accepted";
  if (state === "undecided") return "struck";
  if (state === "rejected" || object.grade === "none") return object.rejected ? "rejected" : "none";
  const right = object.grade === "exact" && object.product === object.given.candidate?.product && state === "confirmed";
  return right ? "accepted" : "changed";
}

/** @param {string} [kind] of the work: bursts take their objects as right, and a box burst does not ask for the product */
export function proposed({ proposal, box, category, score, candidates, scene = null }, uuid, kind = "scene") {
  const object = {
    uuid, proposal, box, category, score, scene, given: { box, category, candidate: candidates[0] ?? null }, ...UNSAID,
    candidates, askedFor: { box, category }, asking: null, boxOnly: kind === "box_burst",
  };
  return isBurst(kind) ? { ...object, ...asGiven(object) } : object;
}

export function drawn(box, category, uuid) {
  return {
    uuid, proposal: null, box, category, score: null, scene: null, given: null, ...UNSAID,
    candidates: [], askedFor: null, asking: null, boxOnly: false,
  };
}

/** What a coverage check shows as known: context, and nothing to decide about. */
export function knownOf(assignment) {
  return kindOf(assignment) === "coverage" ? [...assignment.objects, ...assignment.known ?? []] : [];
}

/** Objects of an assignment with a draft laid over them; a draft of a proposal that is gone is left out. */
export function restore(assignment, draft, newUuid) {
  const kind = kindOf(assignment);
  const saved = draft?.objects ?? [];
  const byProposal = new Map(saved.filter((entry) => entry.proposal !== null).map((entry) => [entry.proposal, entry]));
  const objects = (kind === "coverage" ? [] : assignment.objects).map((given) => {
    const object = proposed(given, newUuid(), kind);
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
