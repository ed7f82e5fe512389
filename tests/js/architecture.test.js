import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../static/js/annotate/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
const source = (name) => readFileSync(new URL(name, folder), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
const importsOf = (name) => [...source(name).matchAll(/from "([^"]+)"/g)].map(([, path]) => path.replace(/^\.\//, ""));

const PURE = ["store.js", "geometry.js", "undo.js", "keymap.js", "bindings.js", "presets.js", "remap.js", "keys.js", "decisions.js",
  "sight.js", "actions.js", "gestures.js", "activity.js", "pace.js", "history.js", "retrieval.js", "vault.js", "outbox.js",
  "drafts.js", "save.js", "session.js", "submission.js", "kinds.js", "strikes.js", "versions.js"];

test("it works", () => assert.ok(files.includes("main.js") && PURE.every((name) => files.includes(name))));

test("what is pure touches no DOM, not even through an import", () => {
  for (const name of PURE) {
    assert.doesNotMatch(source(name), /\b(?:document|window|localStorage|navigator|indexedDB)\b/, name);
    for (const path of importsOf(name)) assert.ok(PURE.includes(path) || path === "../lib/http.js", `${name} imports ${path}`);
  }
});

test("the layer only reads the store", () => {
  for (const name of ["layer.js", "shapes.js", "list.js", "header.js", "board.js", "preview.js", "crops.js"]) assert.doesNotMatch(source(name), /\.(?:apply|reset)\(/, name);
});

test("only save.js sends requests", () => {
  for (const name of files.filter((one) => one !== "save.js")) assert.doesNotMatch(source(name), /\bhttp\.(?:get|post|put|beacon)\b|\bfetch\(/, name);
});

test("no import goes round in a circle", () => {
  const walk = (name, trail) => {
    assert.ok(!trail.includes(name), [...trail, name].join(" -> "));
    for (const path of importsOf(name)) if (files.includes(path)) walk(path, [...trail, name]);
  };
  walk("main.js", []);
});

test("all scripts of the page together are under 200 KB as they are sent", () => {
  const seen = new Map();
  const visit = (url) => {
    if (seen.has(url.href)) return;
    const text = readFileSync(url, "utf8");
    seen.set(url.href, Buffer.byteLength(text));
    for (const [, path] of text.matchAll(/from "([^"]+)"/g)) visit(new URL(path, url));
  };
  visit(new URL("main.js", folder));
  visit(new URL("../lib/theme.js", folder));
  const bytes = [...seen.values()].reduce((whole, each) => whole + each, 0);
  assert.ok(seen.size > 50 && bytes < 200_000, `${bytes} bytes in ${seen.size} files`);
});

test("every text that a script asks for stands in the template", () => {
  const texts = readFileSync(new URL("../../templates/annotate/_strings.html", import.meta.url), "utf8");
  for (const name of files) {
    for (const [, key] of source(name).matchAll(/\b(?:t|say)\("(\w+)"/g)) assert.ok(texts.includes(`data-text="${key}"`), `${name}: ${key}`);
  }
});

test("texts whose name is put together stand in the template as well", () => {
  const texts = readFileSync(new URL("../../templates/annotate/_strings.html", import.meta.url), "utf8");
  const made = ["order_given", "order_uncertain", "press_digits", "press_arrows", "key_needs_digit", "key_needs_arrow", "key_needs_reserved",
    ...["saved", "saving", "offline", "signed_out", "unsaved"].map((state) => `light_${state}`),
    ...["undecided", "confirmed", "adjusted", "added", "rejected"].map((state) => `state_${state}`), "hint_draw", "hint_edit"];
  for (const key of made) assert.ok(texts.includes(`data-text="${key}"`), key);
});

test("every part that main.js asks for stands in the template", () => {
  const page = readFileSync(new URL("../../templates/annotate/work.html", import.meta.url), "utf8");
  for (const [, key] of source("main.js").matchAll(/\bpart\("([\w-]+)"/g)) {
    assert.ok(key === "strings" || page.includes(`data-part="${key}"`), key);
  }
});
