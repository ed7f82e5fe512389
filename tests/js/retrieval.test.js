import assert from "node:assert/strict";
import { test } from "node:test";

import { createRetrieval } from "../../static/js/annotate/retrieval.js";
import { createStore } from "../../static/js/annotate/store.js";
import { createUndo } from "../../static/js/annotate/undo.js";
import { NetworkError } from "../../static/js/lib/http.js";
import { fakeClock, settle } from "./fakes.js";

const box = [0, 0, 1, 1];
const first = [{ product: 1 }];

function page(ask) {
  const clock = fakeClock();
  const asked = [];
  const errors = [];
  const object = { uuid: "a", box, category: "sofa", candidates: first, askedFor: { box, category: "sofa" }, asking: null };
  const store = createStore({ objects: [object], view: { highlights: {} } });
  const undo = createUndo(store);
  createRetrieval({
    store, clock, onError: (error) => errors.push(error.message),
    ask: (wanted, signal) => {
      asked.push(wanted.category);
      return ask(wanted, signal);
    },
  });
  const put = (patch) => store.apply({ update: [{ uuid: "a", patch }] });
  return { store, undo, clock, asked, errors, put, now: () => store.get("a") };
}

test("it works", async () => {
  const { put, clock, now } = page(async ({ category }) => [{ product: category }]);
  put({ category: "chair" });
  assert.deepEqual([now().asking, now().candidates], ["waiting", first]);
  await clock.pass(1000);
  assert.deepEqual([now().asking, now().candidates], [null, [{ product: "chair" }]]);
});

test("a drag asks once, for the last box", async () => {
  const boxes = [];
  const { put, clock, asked } = page(async (wanted) => boxes.push(wanted.box) && []);
  for (const right of [0.9, 0.8, 0.7]) put({ box: [0, 0, right, 1] });
  await clock.pass(1000);
  assert.deepEqual([asked.length, boxes], [1, [[0, 0, 0.7, 1]]]);
});

test("an answer that comes after a newer question is dropped", async () => {
  const answers = {};
  const { put, clock, now } = page(({ category }) => new Promise((resolve) => {
    answers[category] = () => resolve([{ product: category }]);
  }));
  put({ category: "chair" });
  await clock.pass(500);
  put({ category: "lamp" });
  await clock.pass(500);
  answers.lamp();
  await settle();
  answers.chair();
  await settle();
  assert.deepEqual(now().candidates, [{ product: "lamp" }]);
});

test("undo brings the old candidates back without asking", async () => {
  const { put, undo, clock, asked, now } = page(async () => [{ product: 2 }]);
  put({ category: "chair" });
  await clock.pass(1000);
  undo.undo();
  await clock.pass(1000);
  assert.deepEqual([asked, now().candidates, now().asking], [["chair"], first, null]);
});

test("without a network it is said, and tried again", async () => {
  let down = true;
  const { put, clock, errors, now } = page(async () => {
    if (down) throw new NetworkError("away");
    return [{ product: 3 }];
  });
  put({ category: "chair" });
  await clock.pass(1000);
  assert.deepEqual([now().asking, now().candidates, errors], ["failed", first, ["away"]]);
  down = false;
  await clock.pass(6000);
  assert.deepEqual([now().asking, now().candidates], [null, [{ product: 3 }]]);
});
