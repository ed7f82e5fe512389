import assert from "node:assert/strict";
import { test } from "node:test";

import { BINDINGS } from "../../static/js/annotate/bindings.js";
import { bindingsOf, clashes, createKeymap } from "../../static/js/annotate/keymap.js";
import { createOwnKeys, exportKeys, importKeys, soundKeys } from "../../static/js/annotate/keys.js";
import { PRESETS } from "../../static/js/annotate/presets.js";
import { rebind, unbind } from "../../static/js/annotate/remap.js";
import { NetworkError } from "../../static/js/lib/http.js";
import { fakeClock, fakeStorage, settle } from "./fakes.js";

const fresh = { preset: "default", overrides: {}, letters: true };
const keysOf = (own, id) => createKeymap(own).keysOf(id);

test("it works", () => {
  const { own, robbed } = rebind(fresh, "reject", "y");
  assert.deepEqual([keysOf(own, "reject"), robbed], [["y"], undefined]);
  assert.deepEqual(keysOf(unbind(own, "reject"), "reject"), ["x"]);
});

test("whose key it was is said, and taking it leaves no clash", () => {
  const { own, robbed } = rebind(fresh, "reject", "j");
  assert.deepEqual(robbed, ["next"]);
  assert.deepEqual([keysOf(own, "reject"), keysOf(own, "next")], [["j"], ["Tab"]]);
  assert.equal(unbind(rebind(own, "next", "x").own, "reject"), null, "its old key belongs to another by now");
});

test("digits and arrows are bound as a whole, and only by their like", () => {
  assert.deepEqual(rebind(fresh, "pick_similar", "x"), { need: "digit" });
  assert.deepEqual(rebind(fresh, "nudge", "x"), { need: "arrow" });
  assert.deepEqual(keysOf(rebind(fresh, "pick_similar", "Alt+4").own, "pick_similar").at(-1), "Alt+9");
  const { own } = rebind(fresh, "grow_start", "Ctrl+Alt+ArrowUp");
  assert.equal(keysOf(own, "grow_start").length, 8);
  assert.ok(keysOf(own, "grow_start").includes("Ctrl+Alt+Shift+ArrowLeft"));
});

test("what a browser keeps to itself is not given away", () => {
  assert.deepEqual(rebind(fresh, "search", "Ctrl+t"), { need: "reserved" });
});

test("any command takes any free key in any preset without a clash", () => {
  for (const preset of Object.keys(PRESETS)) {
    for (const { id, family } of BINDINGS) {
      const chord = { digits: "Ctrl+Alt+1", arrows: "Ctrl+Alt+ArrowUp" }[family] ?? "Ctrl+Alt+y";
      const { own, robbed } = rebind({ ...fresh, preset }, id, chord);
      assert.deepEqual([clashes(bindingsOf(own)), robbed], [[], undefined], `${preset} ${id}`);
    }
  }
});

test("a map survives export and import, and nonsense is refused", () => {
  const { own } = rebind({ ...fresh, preset: "cvat" }, "reject", "y");
  assert.deepEqual(importKeys(exportKeys(own)), own);
  for (const text of ["", "[]", "{}", '{"preset":"vim","overrides":{}}']) assert.throws(() => importKeys(text), text);
});

test("whatever was stored, the page gets a map that works", () => {
  const stale = { preset: "default", overrides: { reject: ["j"], search: ["y"], gone: ["g"], flag: "q" } };
  assert.deepEqual(soundKeys(stale), { preset: "default", overrides: { search: ["y"] }, letters: true });
  for (const given of [null, 7, "x", {}, { preset: "__proto__" }, { overrides: { next: ["x"], reject: ["x"] } }]) createKeymap(soundKeys(given));
});

function account({ given = null, storage = fakeStorage(), down = false } = {}) {
  const world = { clock: fakeClock(), storage, down, puts: [] };
  const put = async (own) => {
    if (world.down) throw new NetworkError("away");
    world.puts.push(own);
  };
  world.own = createOwnKeys({ storage, given, put, clock: world.clock });
  return world;
}

test("keys go to the account, and come from there", async () => {
  const { own, puts } = account({ given: { preset: "cvat", overrides: {}, letters: true } });
  assert.equal(own.get().preset, "cvat");
  assert.equal(await own.set({ ...fresh, letters: false }), null);
  assert.deepEqual(puts, [{ ...fresh, letters: false }]);
});

test("keys changed without a network win over the account and reach it later", async () => {
  const first = account({ down: true });
  assert.ok(await first.own.set({ ...fresh, preset: "label_studio" }) instanceof NetworkError);
  const second = account({ storage: first.storage, given: fresh });
  assert.equal(second.own.get().preset, "label_studio");
  await second.clock.pass(100);
  await settle();
  assert.equal(second.puts[0].preset, "label_studio");
  assert.equal(account({ storage: first.storage, given: fresh }).own.get().preset, "default");
});
