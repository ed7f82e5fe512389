import assert from "node:assert/strict";
import { test } from "node:test";

import { createActions, shownCandidates } from "../../static/js/annotate/actions.js";
import { restore } from "../../static/js/annotate/decisions.js";
import { hiddenOnes, inOrder, inSight, passes } from "../../static/js/annotate/sight.js";
import { createStore } from "../../static/js/annotate/store.js";
import { createStrikes } from "../../static/js/annotate/strikes.js";
import { createSubmission } from "../../static/js/annotate/submission.js";
import { createUndo } from "../../static/js/annotate/undo.js";

const SCORES = [0.9, 0.3, 0.6, 0.2];

function page({ threshold = 0, order = "given" } = {}) {
  let serial = 0;
  const newUuid = () => `u${(serial += 1)}`;
  const offered = (score, index) =>
    ({ proposal: index + 1, box: [0, 0, 0.5, 0.5], category: "sofa", score, candidates: [{ product: index + 10, score: 0.5 }] });
  const store = createStore({
    objects: restore({ objects: SCORES.map(offered) }, null, newUuid),
    view: { selected: "u1", highlights: {}, results: null, filter: null, kind: "scene", scene: {}, threshold, order },
  });
  const said = [];
  const say = (key, values) => said.push(values ? [key, values.n] : key);
  const actions = createActions(store, { say, finish: () => said.push("finish"), newUuid });
  const strikes = createStrikes(store, { say, actions });
  let sent = 0;
  const session = { amends: () => false, submit: () => (sent += 1) };
  const submission = createSubmission({ store, actions, strikes, session, say, nameOf: (slug) => slug, campaign: {} });
  return { store, actions, submission, said, sent: () => sent };
}

const uuids = (objects) => objects.map(({ uuid }) => uuid);

test("it works", () => {
  const { store } = page({ threshold: 0.5 });
  assert.deepEqual(uuids(inSight(store.view(), store.objects())), ["u1", "u3"]);
  assert.deepEqual(uuids(hiddenOnes(store.view(), store.objects())), ["u2", "u4"]);
});

test("what is selected, decided or drawn is never hidden", () => {
  const { store, actions } = page({ threshold: 0.95 });
  actions.add([0, 0, 0.2, 0.2], "lamp");
  store.apply({ update: [{ uuid: "u2", patch: { grade: "none" } }], view: { selected: "u1" } });
  assert.deepEqual(uuids(inSight(store.view(), store.objects())), ["u1", "u2", "u5"]);
});

test("the least sure come first when asked, and the walk follows", () => {
  const { store, actions } = page({ order: "uncertain" });
  assert.deepEqual(uuids(inOrder(store.view(), store.objects())), ["u4", "u2", "u3", "u1"]);
  actions.move(1);
  assert.equal(store.view().selected, "u4");
});

test("confirming all leaves what is hidden undecided, says so and sends nothing", () => {
  const { store, submission, said, sent } = page({ threshold: 0.5 });
  submission.send({ confirmAll: true });
  assert.deepEqual(store.objects().map(({ grade }) => grade), ["exact", null, "exact", null]);
  assert.deepEqual([said, sent()], [[["hidden_undecided", 2]], 0]);
});

test("deciding the last one in sight says what is hidden instead of asking to submit", () => {
  const { actions, said } = page({ threshold: 0.5 });
  actions.confirm();
  actions.confirm();
  assert.deepEqual(said, [["hidden_undecided", 2]]);
});

test("the hidden are rejected by a key of their own, as one step, and then the scene goes", () => {
  const { store, actions, submission, said, sent } = page({ threshold: 0.5 });
  const undo = createUndo(store);
  actions.rejectHidden();
  assert.deepEqual(store.objects().map(({ rejected }) => rejected), [false, true, false, true]);
  assert.deepEqual(said, [["hidden_rejected", 2]]);
  undo.undo();
  assert.ok(store.objects().every(({ rejected }) => !rejected));
  undo.redo();
  submission.send({ confirmAll: true });
  assert.equal(sent(), 1);
  actions.rejectHidden();
  assert.equal(said.at(-1), "none_hidden");
});

test("a filter takes brands by their beginning and prices with both ends", () => {
  const filter = { brand: "ac", price_min: 10, price_max: 20 };
  const product = (brand, price) => passes(filter, { brand, price });
  assert.deepEqual(
    [product("Acme", "10.00"), product("ACME", "20.00"), product("Acme", "20.01"), product("Zac", "15.00"), product("Acme", null), product(null, "15")],
    [true, true, false, false, false, false],
  );
  assert.ok(passes({ brand: "", price_min: null, price_max: null }, { brand: null, price: null }));
});

test("the strip shows what passes the filter, until another object is selected", () => {
  const { store, actions } = page();
  store.apply({ view: { filter: { brand: "acme", price_min: null, price_max: null } } });
  assert.deepEqual(shownCandidates(store.view(), store.selected()), []);
  actions.move(1);
  assert.equal(shownCandidates(store.view(), store.selected()).length, 1);
});
