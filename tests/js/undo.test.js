import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../static/js/annotate/store.js";
import { createUndo } from "../../static/js/annotate/undo.js";

function scene() {
  const store = createStore({ objects: [{ uuid: "a", grade: null, candidates: [], x: 0 }, { uuid: "b", grade: null, x: 0 }] });
  const put = (uuid, patch, options) => store.apply({ update: [{ uuid, patch }] }, options);
  return { store, undo: createUndo(store), put };
}

test("it works", () => {
  const { store, undo, put } = scene();
  put("a", { grade: "exact" });
  put("b", { grade: "none" });
  assert.ok(undo.undo());
  assert.equal(store.get("b").grade, null);
  assert.equal(store.get("a").grade, "exact");
  assert.equal(store.view().selected, "b");
  assert.ok(undo.redo());
  assert.equal(store.get("b").grade, "none");
});

test("one gesture is one step", () => {
  const { store, undo, put } = scene();
  for (const x of [1, 2, 3]) put("a", { x }, { gesture: "drag-1" });
  put("a", { x: 9 }, { gesture: "drag-2" });
  undo.undo();
  assert.equal(store.get("a").x, 3);
  undo.undo();
  assert.equal(store.get("a").x, 0);
  assert.equal(undo.canUndo(), false);
  undo.redo();
  assert.equal(store.get("a").x, 3);
});

test("what the server sends is not undone and survives an undo", () => {
  const { store, undo, put } = scene();
  put("a", { x: 5 });
  put("a", { candidates: [1, 2] }, { origin: "remote" });
  undo.undo();
  assert.deepEqual([store.get("a").x, store.get("a").candidates], [0, [1, 2]]);
  assert.equal(undo.canUndo(), false);
});

test("a created and a removed object go and come back in place", () => {
  const { store, undo } = scene();
  store.apply({ create: [{ uuid: "c" }] });
  store.apply({ remove: ["a"] });
  undo.undo();
  assert.deepEqual(store.objects().map(({ uuid }) => uuid), ["a", "b", "c"]);
  undo.undo();
  assert.deepEqual(store.objects().map(({ uuid }) => uuid), ["a", "b"]);
  undo.redo();
  undo.redo();
  assert.deepEqual(store.objects().map(({ uuid }) => uuid), ["b", "c"]);
});

test("looking is no step, and a new change ends the future", () => {
  const { store, undo, put } = scene();
  store.apply({ view: { selected: "a" } });
  assert.equal(undo.canUndo(), false);
  put("a", { x: 1 });
  undo.undo();
  put("a", { x: 2 });
  assert.equal(undo.canRedo(), false);
});

test("a reset forgets everything, and the past has an end", () => {
  const { store, put } = scene();
  const short = createUndo(store, { limit: 2 });
  for (const x of [1, 2, 3]) put("a", { x });
  assert.ok(short.undo() && short.undo());
  assert.equal(short.undo(), false);
  assert.equal(store.get("a").x, 1);
  short.redo();
  store.reset([{ uuid: "z" }], {});
  assert.equal(short.canUndo(), false);
});
