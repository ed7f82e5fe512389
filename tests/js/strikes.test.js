import assert from "node:assert/strict";
import { test } from "node:test";

import { createActions } from "../../static/js/annotate/actions.js";
import { cellOf, decisionOf, draftOf, restore } from "../../static/js/annotate/decisions.js";
import { createStore } from "../../static/js/annotate/store.js";
import { createStrikes } from "../../static/js/annotate/strikes.js";
import { createSubmission } from "../../static/js/annotate/submission.js";
import { createUndo } from "../../static/js/annotate/undo.js";

const candidates = [11, 12, 13].map((product, at) => ({ product, title: `p${product}`, score: 0.9 - at / 10 }));
const sceneOf = (id) => ({ id, image_url: `/s${id}.jpg`, width: 100, height: 100 });
const offered = (proposal, found = candidates) =>
  ({ proposal, box: [0.1, 0.1, 0.4, 0.4], category: "sofa", score: 0.4, scene: sceneOf(proposal), candidates: found });

/** A burst of three objects on the page, the first selected. */
function burst(kind, { objects = [offered(1), offered(2), offered(3)], threshold = 0 } = {}) {
  let serial = 0;
  const newUuid = () => `u${(serial += 1)}`;
  const given = kind === "box_burst" ? objects.map((each) => ({ ...each, candidates: [] })) : objects;
  const assignment = { id: 1, kind, category: "sofa", scene: null, objects: given };
  const store = createStore({
    objects: restore(assignment, null, newUuid),
    view: { kind, mode: kind === "box_burst" ? "sort" : "grid", selected: "u1", highlights: {}, results: null, threshold, order: "given" },
  });
  const said = [];
  const say = (key) => said.push(key);
  const undo = createUndo(store);
  const actions = createActions(store, { say, finish: () => said.push("finish"), newUuid });
  const strikes = createStrikes(store, { say, actions });
  let sent = 0;
  const session = { amends: () => false, submit: () => (sent += 1) };
  const submission = createSubmission({ store, actions, strikes, session, say, nameOf: (slug) => slug, campaign: {} });
  const cells = () => store.objects().map(cellOf);
  const decided = () => store.objects().map((each) => decisionOf(each)).map(({ verdict, product, grade }) => [verdict, product, grade]);
  return { assignment, store, undo, actions, strikes, submission, said, cells, decided, mode: () => store.view().mode, sent: () => sent };
}

test("it works", () => {
  const { strikes, actions, cells, decided, submission, sent } = burst("match_burst");
  assert.deepEqual(cells(), ["accepted", "accepted", "accepted"]);
  strikes.strike();
  actions.pickCard(2, "similar");
  submission.send();
  assert.deepEqual(decided(), [["confirmed", 12, "similar"], ["confirmed", 11, "exact"], ["confirmed", 11, "exact"]]);
  assert.equal(sent(), 1);
});

test("a struck match opens its candidates, and a pick closes them without leaving the cell", () => {
  const { strikes, actions, store, mode, cells } = burst("match_burst");
  strikes.strike();
  assert.deepEqual([mode(), cells()[0]], ["choose", "struck"]);
  actions.pickCard(3, "exact");
  assert.deepEqual([mode(), cells()[0], store.view().selected], ["grid", "changed", "u1"]);
  strikes.strike();
  assert.deepEqual([mode(), cells()[0]], ["grid", "accepted"], "struck once more it counts as right again");
});

test("a match that is struck and not answered holds the burst back, also with confirm all", () => {
  const { strikes, actions, submission, store, said, sent, mode } = burst("match_burst");
  strikes.moveBy(2);
  strikes.strike();
  strikes.moveBy(-2);
  submission.send({ confirmAll: true });
  assert.deepEqual([sent(), said.at(-1), store.view().selected, mode()], [0, "still_struck", "u3", "choose"]);
  actions.none();
  submission.send({ confirmAll: true });
  assert.deepEqual([sent(), cellOf(store.get("u3"))], [1, "none"]);
});

test("what shows no object is rejected, and taken back to be answered", () => {
  const { strikes, cells, decided } = burst("match_burst");
  strikes.notObject();
  assert.deepEqual([cells()[0], decided()[0]], ["rejected", ["rejected", null, null]]);
  strikes.notObject();
  assert.equal(cells()[0], "struck");
});

test("a match without candidates is not taken as right", () => {
  const { cells, strikes, mode, actions } = burst("match_burst", { objects: [offered(1, [])] });
  assert.deepEqual(cells(), ["struck"]);
  strikes.strike();
  assert.equal(mode(), "choose", "there is nothing to take it back to");
  actions.none();
  assert.deepEqual(cells(), ["none"]);
});

test("in a box burst all are confirmed without a product but those struck, and another category adjusts", () => {
  const { strikes, actions, decided, cells } = burst("box_burst");
  strikes.strike();
  strikes.moveBy(1);
  actions.setCategory("lamp");
  assert.deepEqual(cells(), ["struck", "changed", "accepted"]);
  assert.deepEqual(decided(), [["rejected", null, null], ["adjusted", null, null], ["confirmed", null, null]]);
  strikes.strike();
  strikes.strike();
  assert.deepEqual(cells(), ["struck", "accepted", "accepted"], "taken back it has its own category again");
});

test("a new category takes a struck box back in", () => {
  const { strikes, actions, cells } = burst("box_burst");
  strikes.strike();
  actions.setCategory("lamp");
  assert.equal(cells()[0], "changed");
});

test("every strike is one step to undo", () => {
  for (const kind of ["match_burst", "box_burst"]) {
    const { strikes, undo, cells } = burst(kind);
    strikes.strike();
    undo.undo();
    assert.equal(cells()[0], "accepted", kind);
    assert.equal(undo.canUndo(), false, kind);
    undo.redo();
    assert.equal(cells()[0], "struck", kind);
  }
});

test("a click strikes, and what was answered is opened before it is taken back", () => {
  const { strikes, actions, cells, mode } = burst("match_burst");
  strikes.click("u2");
  assert.deepEqual([cells()[1], mode()], ["struck", "choose"]);
  strikes.click("u1");
  strikes.click("u2");
  assert.deepEqual([cells(), mode()], [["struck", "struck", "accepted"], "choose"]);
  actions.pickCard(2, "exact");
  strikes.click("u2");
  assert.deepEqual([cells()[1], mode()], ["changed", "choose"]);
  strikes.click("u2");
  assert.deepEqual([cells()[1], mode()], ["accepted", "grid"]);
});

test("moving stops at both ends", () => {
  const { strikes, store } = burst("box_burst");
  const at = (count) => strikes.moveBy(count) ?? store.view().selected;
  assert.deepEqual([at(-1), at(1), at(5), at(-Infinity), at(Infinity)], ["u1", "u2", "u3", "u1", "u3"]);
});

test("the threshold of a scene hides nothing of a burst", () => {
  const { strikes, submission, sent, said } = burst("match_burst", { threshold: 0.9 });
  strikes.strike();
  submission.send();
  assert.deepEqual([sent(), said], [0, ["still_struck"]]);
});

test("a draft brings back what was struck, changed and left alone", () => {
  for (const kind of ["match_burst", "box_burst"]) {
    const { assignment, strikes, actions, store, cells } = burst(kind);
    strikes.strike();
    strikes.moveBy(1);
    actions.setCategory("lamp");
    const again = restore(assignment, draftOf(store.objects(), { seconds: 1 }, 1), () => "new");
    assert.deepEqual(again.map(cellOf), cells(), kind);
  }
});

test("nothing of a coverage check but what is drawn is an object", () => {
  const coverage = { kind: "coverage", scene: sceneOf(1), objects: [{ proposal: 1, box: [0, 0, 1, 1], category: "sofa", candidates: [] }] };
  assert.deepEqual(restore(coverage, null, () => "u"), []);
  const draft = { objects: [{ uuid: "d", proposal: null, box: [0, 0, 0.5, 0.5], category: "lamp", grade: "none" }] };
  assert.deepEqual(restore(coverage, draft, () => "u").map(({ uuid, grade }) => [uuid, grade]), [["d", "none"]]);
});
