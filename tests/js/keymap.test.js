import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { BINDINGS, MODES } from "../../static/js/annotate/bindings.js";
import { bindingsOf, chordOf, clashes, createKeymap, faceOf, isSingle } from "../../static/js/annotate/keymap.js";
import { PRESETS } from "../../static/js/annotate/presets.js";

const press = (key, code = "", marks = {}) => ({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...marks });
const strings = readFileSync(new URL("../../templates/annotate/_strings.html", import.meta.url), "utf8");

test("it works", () => {
  const keymap = createKeymap();
  assert.equal(keymap.match(press("Enter", "Enter"), { mode: "browse" }).id, "confirm");
  assert.equal(keymap.match(press("Enter", "Enter"), { mode: "draw" }).id, "corner");
  assert.equal(keymap.match(press("y", "KeyY"), { mode: "browse" }), null);
});

test("no preset has a clash or a command that nobody knows", () => {
  const known = new Set(BINDINGS.map(({ id }) => id));
  for (const [preset, changes] of Object.entries(PRESETS)) {
    assert.deepEqual(clashes(bindingsOf({ preset })), [], preset);
    assert.deepEqual(Object.keys(changes).filter((id) => !known.has(id)), [], preset);
    assert.ok(strings.includes(`data-text="preset_${preset}"`), preset);
  }
});

test("two scopes that are heard together clash, two that are not do not", () => {
  const twin = (scope) => clashes([{ id: "a", scope: "scene", keys: ["x"] }, { id: "b", scope, keys: ["x"] }]).length;
  assert.deepEqual(["scene", "page", "canvas", "global", "edit", "draw", "skip"].map(twin), [1, 1, 1, 1, 0, 0, 0]);
  assert.deepEqual(["work", "pick", "choose", "grid", "sort", "burst"].map(twin), [1, 1, 1, 0, 0, 0]);
  const inBurst = (scope) => clashes([{ id: "a", scope: "grid", keys: ["x"] }, { id: "b", scope, keys: ["x"] }]).length;
  assert.deepEqual(["burst", "pick", "sort", "work", "page", "choose", "scene", "canvas"].map(inBurst), [1, 1, 1, 1, 1, 0, 0, 0]);
});

test("the registry has no clash, and a clash would be seen", () => {
  assert.deepEqual(clashes(BINDINGS), []);
  const [found] = clashes([...BINDINGS, { id: "twin", scope: "scene", keys: ["x"] }]);
  assert.deepEqual(found, { scope: "scene", chord: "x", ids: ["reject", "twin"] });
  assert.throws(() => createKeymap({ overrides: { search: ["x"] } }), /reject and search/);
});

test("every scope is heard in some mode and every command has its words", () => {
  const heard = new Set(Object.values(MODES).flat());
  for (const { id, scope, group } of BINDINGS) {
    assert.ok(heard.has(scope), `${id} lives in ${scope}, where nobody listens`);
    assert.ok(strings.includes(`data-text="key_${id}"`), `key_${id} has no text`);
    assert.ok(strings.includes(`data-text="group_${group}"`), `group_${group} has no text`);
  }
});

test("digits go by place, so a French keyboard needs no Shift", () => {
  assert.equal(chordOf(press("&", "Digit1")), "1");
  assert.equal(chordOf(press("1", "Digit1", { shiftKey: true })), "Shift+1");
  assert.equal(chordOf(press("7", "Numpad7")), "7");
  assert.equal(chordOf(press("Home", "Numpad7")), "Home");
});

test("letters go by what they are, signs without Shift, AltGr as a sign", () => {
  assert.equal(chordOf(press("Z", "KeyY", { shiftKey: true, ctrlKey: true })), "Ctrl+Shift+z");
  assert.equal(chordOf(press("z", "KeyZ", { metaKey: true })), "Ctrl+z");
  assert.equal(chordOf(press("?", "Minus", { shiftKey: true })), "?");
  assert.equal(chordOf(press("[", "Digit8", { ctrlKey: true, altKey: true, altGraph: true })), "[");
  assert.equal(chordOf(press("ч", "KeyX")), "x");
  assert.equal(chordOf(press("χ", "KeyX")), "x");
  assert.equal(chordOf(press("х", "BracketLeft")), "[");
});

test("a German and a French keyboard find every sign", () => {
  assert.equal(chordOf(press("/", "Digit7", { shiftKey: true })), "/");
  assert.equal(chordOf(press("(", "Digit8", { shiftKey: true })), "Shift+8");
  assert.equal(chordOf(press("-", "Digit6")), "6");
  assert.equal(chordOf(press("ö", "Semicolon")), "ö");
  assert.equal(chordOf(press("é", "Digit2")), "2");
  assert.equal(chordOf(press("˙", "KeyH", { altKey: true })), "Alt+h");
});

test("a letter never fires while typing, even where a preset gives it to Back", () => {
  const keymap = createKeymap({ preset: "label_studio" });
  assert.equal(keymap.match(press("u", "KeyU"), { mode: "browse" }).id, "cancel");
  assert.equal(keymap.match(press("u", "KeyU"), { mode: "search", typing: true }), null);
});

test("with single characters off nothing bare is left but the menu of reasons", () => {
  for (const preset of Object.keys(PRESETS)) {
    const bare = bindingsOf({ preset, letters: false }).filter(({ scope, keys }) => scope !== "skip" && keys.some(isSingle));
    assert.deepEqual(bare, [], preset);
  }
});

test("while somebody types only keys made for fields work", () => {
  const keymap = createKeymap();
  const typing = { mode: "search", typing: true };
  for (const [key, code] of [["x", "KeyX"], ["1", "Digit1"], ["/", "Slash"], ["?", "Slash"], ["Backspace", "Backspace"]]) {
    assert.equal(keymap.match(press(key, code), typing), null, key);
  }
  assert.equal(keymap.match(press("Enter", "Enter"), typing).id, "field_take");
  assert.equal(keymap.match(press("Escape", "Escape"), typing).id, "cancel");
  assert.equal(keymap.match(press("Enter", "Enter", { ctrlKey: true }), typing).id, "submit_all");
});

test("arrows mean what the mode means", () => {
  const keymap = createKeymap();
  const id = (mode, marks) => keymap.match(press("ArrowUp", "ArrowUp", marks), { mode })?.id;
  assert.deepEqual([id("browse"), id("edit"), id("edit", { shiftKey: true }), id("edit", { ctrlKey: true }), id("edit", { altKey: true }),
    id("draw"), id("sheet")], ["highlight", "nudge", "nudge_far", "grow_end", "grow_start", "crosshair", undefined]);
});

test("single characters can be switched off, and a key can be changed", () => {
  const off = createKeymap({ letters: false });
  assert.equal(off.match(press("x", "KeyX"), { mode: "browse" }), null);
  assert.equal(off.match(press("Tab", "Tab"), { mode: "browse" }).id, "next");
  assert.equal(off.match(press("1", "Digit1"), { mode: "browse" }), null);
  assert.equal(off.match(press("1", "Digit1"), { mode: "skip" }).id, "skip_reason");
  const own = createKeymap({ overrides: { reject: ["y"] } });
  assert.equal(own.match(press("y", "KeyY"), { mode: "browse" }).id, "reject");
  assert.equal(own.match(press("x", "KeyX"), { mode: "browse" }), null);
});

test("key caps are short", () => {
  assert.deepEqual(["Ctrl+Shift+z", "+", "Ctrl++", "Shift+ArrowLeft", " ", "/"].map(faceOf), ["Ctrl Shift Z", "+", "Ctrl +", "Shift ←", "Space", "/"]);
});
