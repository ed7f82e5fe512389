import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../static/js/annotate/store.js";

const two = () => createStore({ objects: [{ uuid: "a", grade: null, box: [0, 0, 1, 1] }, { uuid: "b", grade: null }] });

test("it works", () => {
  const store = two();
  const seen = [];
  store.observe((change) => seen.push(change));
  store.apply({ update: [{ uuid: "a", patch: { grade: "exact" } }] });
  assert.equal(store.get("a").grade, "exact");
  assert.deepEqual(seen[0].updated, [{ uuid: "a", before: { grade: null }, after: { grade: "exact" } }]);
  assert.equal(seen[0].origin, "local");
});

test("a change that changes nothing reaches nobody", () => {
  const store = two();
  store.observe(() => assert.fail("told about nothing"));
  assert.equal(store.apply({ update: [{ uuid: "a", patch: { box: [0, 0, 1, 1], grade: null } }] }), null);
});

test("origin and gesture ride along", () => {
  const store = two();
  const change = store.apply({ view: { selected: "b" } }, { origin: "remote", gesture: "g1" });
  assert.deepEqual([change.origin, change.gesture, store.selected().uuid], ["remote", "g1", "b"]);
});

test("a removed object tells its place and comes back to it", () => {
  const store = two();
  const { removed } = store.apply({ remove: ["a"] });
  assert.deepEqual(removed.map(({ index }) => index), [0]);
  store.apply({ create: removed });
  assert.deepEqual(store.objects().map(({ uuid }) => uuid), ["a", "b"]);
});

test("every observer sees changes in the order they were made", () => {
  const store = two();
  const order = [];
  store.observe(({ updated }) => {
    if (updated[0]?.uuid === "a") store.apply({ update: [{ uuid: "b", patch: { grade: "none" } }] });
  });
  store.observe(({ updated }) => order.push(updated[0].uuid));
  store.apply({ update: [{ uuid: "a", patch: { grade: "exact" } }] });
  assert.deepEqual(order, ["a", "b"]);
});

test("objects are frozen and an unknown one is named", () => {
  const store = two();
  assert.throws(() => {
    store.get("a").grade = "exact";
  }, TypeError);
  assert.throws(() => store.apply({ remove: ["zzz"] }), /zzz/);
});

test("an observer that stopped hears no more", () => {
  const store = two();
  const stop = store.observe(() => assert.fail("still listening"));
  stop();
  store.apply({ view: { selected: "a" } });
});
