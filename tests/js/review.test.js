import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { BINDINGS, createKeymap } from "../../static/js/brands/keys.js";
import { createQueue } from "../../static/js/brands/queue.js";
import { settle } from "./fakes.js";

const SIZE = 4;
const sofa = { product: 1, title: "Sofa" };
const lamp = { product: 2, title: "Lamp" };

/** A server that holds `count` tags, every second one a lamp, and takes what is put. */
function served(count, size = SIZE) {
  const tags = Array.from({ length: count }, (_, index) => ({ tag: count - index, product: index % 2 ? lamp : sofa }));
  const gone = new Set();
  const sent = [];
  const load = async ({ before, product, limit = size }) => {
    const open = tags.filter((one) => !gone.has(one.tag) && (before === null || one.tag < before) && (product === null || one.product.product === product));
    const results = open.slice(0, limit).map((one) => ({ ...one }));
    return { results, next: open.length > limit ? results.at(-1).tag : null };
  };
  let serial = 0;
  const queue = createQueue({
    load, changed() {}, newUuid: () => `u${(serial += 1)}`,
    put(entry) {
      sent.push(entry);
      for (const { tag } of entry.body.rulings) if (entry.kind === "rule") gone.add(tag);
    },
  });
  return { queue, sent, gone };
}

const marks = (queue) => queue.cards().map((card) => card.ruling?.ruling ?? "open").join(" ");

test("it works", async () => {
  const { queue, sent } = served(6);
  await queue.start();
  assert.equal(queue.view().selected, 6);
  queue.rule({ ruling: "approve", reason: "fine" });
  queue.rule({ ruling: "correct", picked: sofa });
  assert.equal(marks(queue), "approve correct open open");
  assert.equal(queue.view().selected, 4);
  const [first, second] = sent.map(({ body }) => body.rulings[0]);
  assert.deepEqual(first, { uuid: "u1", tag: 6, ruling: "approve", product: null, wrong: false, reason: "fine", shown: 1 });
  assert.deepEqual([second.tag, second.product, second.shown], [5, 1, 2]);
});

test("what is ruled stays in its place, and may be ruled again", async () => {
  const { queue, sent } = served(2);
  await queue.start();
  queue.rule({ ruling: "correct", picked: lamp });
  queue.select(2);
  queue.rule({ ruling: "hide", wrong: true });
  assert.equal(marks(queue), "hide open");
  assert.deepEqual([sent[1].body.rulings[0].shown, sent[1].body.rulings[0].wrong], [2, true]);
});

test("taking back goes step by step", async () => {
  const { queue, sent } = served(4);
  await queue.start();
  queue.rule({ ruling: "correct", picked: lamp });
  queue.rulePage({ ruling: "hide" });
  assert.equal(queue.undo(), 3);
  assert.equal(marks(queue), "correct open open open");
  assert.deepEqual(sent.at(-1).body.rulings.map(({ ruling }) => ruling), sent[1].body.rulings.map(({ uuid }) => uuid).toReversed());
  assert.equal(queue.undo(), 1);
  assert.deepEqual(queue.cards()[0].product, sofa);
  assert.equal(queue.view().selected, 4);
  assert.equal(queue.undo(), 0);
  assert.equal(queue.view().ruled, 0);
});

test("taking back a correction of a correction shows the first one", async () => {
  const { queue } = served(1);
  await queue.start();
  queue.rule({ ruling: "correct", picked: lamp });
  queue.rule({ ruling: "hide" });
  queue.undo();
  assert.deepEqual([marks(queue), queue.cards()[0].product], ["correct", lamp]);
});

test("pages turn, back too, and the next is asked for ahead", async () => {
  const { queue } = served(10);
  await queue.start();
  assert.equal(await queue.turn(-1), false);
  queue.rulePage({ ruling: "approve" });
  assert.equal(await queue.turn(1), true);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [6, 5, 4, 3]);
  await queue.turn(1);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [2, 1]);
  assert.equal(await queue.turn(1), false);
  await queue.turn(-1);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [6, 5, 4, 3]);
});

test("a step on an earlier page is taken back there", async () => {
  const { queue } = served(8);
  await queue.start();
  queue.rule({ ruling: "hide" });
  await queue.turn(1);
  queue.undo();
  assert.deepEqual([queue.view().at, queue.view().selected], [0, 8]);
});

test("a page that could not be had ahead is asked for again", async () => {
  let fail = false;
  const load = async ({ before }) => {
    if (fail) throw new Error("away");
    return before === null ? { results: [{ tag: 9, product: sofa }], next: 9 } : { results: [{ tag: 8, product: sofa }], next: null };
  };
  const queue = createQueue({ load, put() {}, newUuid: () => "u", changed() {} });
  const first = queue.start();
  fail = true;
  await first.catch(() => {});
  await settle();
  fail = false;
  await queue.turn(1);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [8]);
});

test("one product at a time: all that show it, on every page, taken back as one", async () => {
  const { queue, sent, gone } = served(11, 3);
  await queue.start();
  assert.equal(await queue.ruleProduct({ ruling: "hide" }), 6);
  assert.deepEqual([...gone].toSorted((a, b) => a - b), [1, 3, 5, 7, 9, 11]);
  assert.equal(marks(queue), "hide open hide");
  await queue.turn(1);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [8, 6, 4]);
  assert.equal(queue.undo(), 6);
  assert.equal(sent.at(-1).body.rulings.length, 6);
});

test("many are sent in batches the server takes", async () => {
  const { queue, sent } = served(450, 24);
  await queue.start();
  assert.equal(await queue.ruleProduct({ ruling: "approve" }), 225);
  assert.deepEqual(sent.map(({ body }) => body.rulings.length), [200, 25]);
  queue.undo();
  assert.deepEqual(sent.slice(2).map(({ kind, body }) => [kind, body.rulings.length]), [["undo", 200], ["undo", 25]]);
});

test("only one product, and all again", async () => {
  const { queue } = served(6);
  await queue.start();
  await queue.only(lamp);
  assert.deepEqual(queue.cards().map(({ tag }) => tag), [5, 3, 1]);
  await queue.only(null);
  assert.equal(queue.cards().length, 4);
});

test("what the server does not take is open again and cannot be taken back", async () => {
  const { queue, sent } = served(3);
  await queue.start();
  queue.rule({ ruling: "approve" });
  queue.rule({ ruling: "correct", picked: sofa });
  queue.refused(sent[1].body.rulings.map(({ uuid }) => uuid));
  assert.equal(marks(queue), "approve open open");
  assert.deepEqual(queue.cards()[1].product, lamp);
  assert.equal(queue.undo(), 1);
  assert.equal(queue.undo(), 0);
});

test("an empty queue answers every key", async () => {
  const { queue, sent } = served(0);
  await queue.start();
  assert.equal(queue.rule({ ruling: "approve" }), false);
  assert.equal(queue.rulePage({ ruling: "hide" }), 0);
  assert.equal(await queue.ruleProduct({ ruling: "hide" }), 0);
  queue.move(1);
  queue.toOpen(1);
  assert.deepEqual(sent, []);
});

test("no two commands share a key where both are heard", () => {
  for (const [index, one] of BINDINGS.entries()) {
    for (const other of BINDINGS.slice(index + 1)) {
      if (one.scope !== other.scope && one.scope !== "global" && other.scope !== "global") continue;
      for (const key of one.keys) assert.ok(!other.keys.includes(key), `${key}: ${one.id}, ${other.id}`);
    }
  }
});

test("keys are heard in their mode, and letters not while somebody types", () => {
  const keymap = createKeymap();
  const press = (key, code, more = {}) => ({ key, code, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...more });
  assert.equal(keymap.match(press("a", "KeyA"), { mode: "grid" }).id, "approve");
  assert.equal(keymap.match(press("5", "Digit5"), { mode: "grid" }).id, "pick");
  assert.equal(keymap.match(press("Enter", "Enter"), { mode: "search", typing: true }).id, "field_take");
  assert.equal(keymap.match(press("a", "KeyA"), { mode: "search", typing: true }), null);
  assert.equal(keymap.match(press("Escape", "Escape"), { mode: "reason", typing: true }).id, "cancel");
  assert.equal(keymap.match(press("Enter", "Enter"), { mode: "dialog" }), null);
  assert.equal(keymap.match(press("Enter", "Enter", { ctrlKey: true }), { mode: "grid" }).id, "approve_page");
});

test("without letters every ruling still has a key", () => {
  const keymap = createKeymap({ letters: false });
  for (const id of ["approve", "hide", "wrong", "search", "undo", "approve_page"]) assert.ok(keymap.keysOf(id).length, id);
  assert.equal(keymap.match({ key: "a", code: "KeyA" }, { mode: "grid" }), null);
});

test("texts, parts and floors", () => {
  const folder = new URL("../../static/js/brands/", import.meta.url);
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  const texts = read("../../templates/brands/_strings.html");
  const page = read("../../templates/brands/review.html");
  for (const name of readdirSync(folder)) {
    const source = readFileSync(new URL(name, folder), "utf8");
    for (const [, key] of source.matchAll(/\bt\("(\w+)"/g)) assert.ok(texts.includes(`data-text="${key}"`), `${name}: ${key}`);
    for (const [, key] of source.matchAll(/\bpart\("([\w-]+)"/g)) {
      assert.ok(key === "strings" || page.includes(`data-part="${key}"`), `${name}: ${key}`);
    }
  }
  for (const { id } of BINDINGS) assert.ok(texts.includes(`data-text="key_${id}"`), id);
  for (const name of ["queue.js", "keys.js"]) {
    assert.doesNotMatch(readFileSync(new URL(name, folder), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""), /\b(?:document|window)\b/, name);
  }
});
