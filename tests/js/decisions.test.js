import assert from "node:assert/strict";
import { test } from "node:test";

import { createActions } from "../../static/js/annotate/actions.js";
import { decisionOf, draftOf, newestDraft, restore, stateOf } from "../../static/js/annotate/decisions.js";
import { createStore } from "../../static/js/annotate/store.js";

const candidates = [11, 12, 13].map((product) => ({ product, title: `p${product}` }));
const offered = (proposal) => ({ proposal, box: [0.1, 0.1, 0.4, 0.4], category: "sofa", score: 0.9, candidates });
const assignment = { id: 1, objects: [offered(1), offered(2)] };

function page() {
  let serial = 0;
  const newUuid = () => `u${(serial += 1)}`;
  const store = createStore({ objects: restore(assignment, null, newUuid), view: { kind: "scene", selected: "u1", highlights: {}, results: null } });
  const said = [];
  const actions = createActions(store, { say: (key) => said.push(key), finish: () => said.push("finish"), newUuid });
  return { store, actions, said };
}

test("it works", () => {
  const { store, actions, said } = page();
  actions.confirm();
  assert.deepEqual([store.get("u1").product, store.get("u1").grade, store.view().selected], [11, "exact", "u2"]);
  actions.pickCard(2, "similar");
  assert.deepEqual([store.get("u2").product, store.get("u2").grade, said], [12, "similar", ["finish"]]);
});

test("each verdict comes from what was done", () => {
  const { store, actions } = page();
  assert.equal(stateOf(store.get("u1")), "undecided");
  actions.confirm();
  assert.equal(decisionOf(store.get("u1")).verdict, "confirmed");
  store.apply({ update: [{ uuid: "u1", patch: { box: [0.1, 0.1, 0.5, 0.4] } }] });
  assert.equal(decisionOf(store.get("u1")).verdict, "adjusted");
  actions.reject();
  assert.deepEqual(decisionOf(store.get("u2")), {
    uuid: "u2", proposal: 2, verdict: "rejected", box: [0.1, 0.1, 0.4, 0.4], category: "sofa", product: null, grade: null,
    comment: "", flagged: false, seconds: 0,
  });
  actions.add([0, 0, 0.2, 0.2], "lamp");
  actions.none();
  const drawn = decisionOf(store.objects()[2]);
  assert.deepEqual([drawn.verdict, drawn.proposal, drawn.grade, drawn.product], ["added", null, "none", null]);
});

test("rejecting is a toggle, removing is for drawn boxes only", () => {
  const { store, actions, said } = page();
  actions.reject();
  actions.select("u1");
  actions.reject();
  assert.equal(stateOf(store.get("u1")), "undecided");
  actions.remove();
  assert.deepEqual([store.objects().length, said.at(-1)], [2, "remove_is_for_drawn"]);
  actions.add([0, 0, 0.2, 0.2], "lamp");
  actions.remove();
  assert.deepEqual([store.objects().length, said.at(-1)], [2, "removed"]);
});

test("a new category takes the old answer back", () => {
  const { store, actions } = page();
  actions.confirm();
  actions.select("u1");
  actions.setCategory("chair");
  assert.deepEqual([store.get("u1").grade, store.get("u1").product, stateOf(store.get("u1"))], [null, null, "undecided"]);
});

test("confirming all leaves drawn, waiting and decided objects alone", () => {
  const { store, actions } = page();
  actions.none();
  store.apply({ view: { highlights: { u2: 2 } } });
  actions.add([0, 0, 0.2, 0.2], "lamp");
  actions.confirmAll();
  assert.deepEqual(store.objects().map(({ grade, product }) => [grade, product]), [["none", null], ["exact", 13], [null, null]]);
  assert.deepEqual(actions.missing().map(({ uuid }) => uuid), ["u3"]);
});

test("nobody confirms candidates of a box that has changed since", () => {
  const { store, actions, said } = page();
  store.apply({ update: [{ uuid: "u1", patch: { asking: "waiting" } }] }, { origin: "remote" });
  actions.confirm();
  actions.confirmAll();
  assert.deepEqual([store.get("u1").grade, store.get("u2").grade, said], [null, "exact", ["wait_for_candidates"]]);
});

test("a draft brings everything back, even through JSON", () => {
  const { store, actions } = page();
  actions.comment("Is this one sofa or two?", "g");
  actions.flag();
  actions.confirm();
  actions.reject();
  actions.add([0, 0, 0.2, 0.2], "lamp");
  const draft = JSON.parse(JSON.stringify(draftOf(store.objects(), { seconds: 12 }, 1000)));
  const again = restore(assignment, draft, () => "new");
  assert.deepEqual(again.map(decisionOf), store.objects().map(decisionOf));
  assert.deepEqual(again[0].candidates, candidates);
  assert.equal(again[2].box[2], 0.2);
});

test("the newest sound draft wins", () => {
  const draft = (saved_at) => ({ version: 1, saved_at, objects: [] });
  assert.equal(newestDraft(draft(3), draft(5)).saved_at, 5);
  assert.equal(newestDraft(null, draft(2)).saved_at, 2);
  assert.equal(newestDraft({ version: 99, saved_at: 9, objects: [] }, null), null);
});

test("a comment and a flag ride along with the decision, and so does the time", () => {
  const { store, actions, said } = page();
  actions.comment("Half hidden", "g");
  actions.flag();
  actions.confirm();
  const { comment, flagged, seconds, verdict } = decisionOf(store.get("u1"), 4.5);
  assert.deepEqual([comment, flagged, seconds, verdict, said], ["Half hidden", true, 4.5, "confirmed", ["flagged"]]);
});

test("piled boxes are gone through with one key", () => {
  const { store, actions } = page();
  store.apply({ view: { scene: { width: 100, height: 100 } } });
  actions.add([0.15, 0.15, 0.2, 0.2], "cushion");
  actions.cycle(null);
  assert.equal(store.view().selected, "u1");
  actions.cycle({ x: 16, y: 16 });
  actions.cycle({ x: 16, y: 16 });
  assert.equal(store.view().selected, "u3");
});

test("candidates of another category are confirmed by nobody, also when new ones could not be had", () => {
  const { store, actions, said } = page();
  actions.setCategory("chair");
  store.apply({ update: [{ uuid: "u1", patch: { asking: "failed" } }] });
  actions.confirm();
  actions.pickCard(2, "similar");
  actions.confirmAll();
  assert.deepEqual([store.get("u1").grade, store.get("u2").grade, said], [null, "exact", ["looking_failed", "looking_failed"]]);
  store.apply({ update: [{ uuid: "u1", patch: { category: "sofa", box: [0.1, 0.1, 0.4, 0.5] } }] });
  actions.confirm();
  assert.equal(store.get("u1").grade, "exact", "of a box that was only moved the old ones are better than none");
});
