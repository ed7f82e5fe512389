import assert from "node:assert/strict";
import { test } from "node:test";

import { MODES } from "../../static/js/annotate/bindings.js";
import { knownOf } from "../../static/js/annotate/decisions.js";
import { cellWidth, cropViewBox } from "../../static/js/annotate/geometry.js";
import { createKeymap } from "../../static/js/annotate/keymap.js";
import { homeOf, isKnown, picturesOf } from "../../static/js/annotate/kinds.js";
import { mostUsed } from "../../static/js/annotate/quick.js";
import { seeded } from "./fakes.js";

const KINDS = ["scene", "match_burst", "box_burst", "coverage"];
const press = (key, marks = {}) => ({ key, code: key.length === 1 && /\d/.test(key) ? `Digit${key}` : "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...marks });

test("it works", () => {
  for (const kind of KINDS) assert.ok(homeOf({ kind }) in MODES && isKnown({ kind }), kind);
  assert.equal(homeOf({ kind: null }), "idle");
  assert.ok(isKnown({}), "an entry of the history from before there were kinds is a scene");
  assert.equal(isKnown({ kind: "video" }), false);
});

test("the same key means what the kind of work means", () => {
  const keymap = createKeymap();
  const id = (kind, key, marks) => keymap.match(press(key, marks), { mode: homeOf({ kind }) })?.id;
  assert.deepEqual(KINDS.map((kind) => id(kind, "x")), ["reject", "strike", "strike", "reject"]);
  assert.deepEqual(KINDS.map((kind) => id(kind, "2")), ["pick_exact", "pick_exact", "quick_category", "pick_exact"]);
  assert.deepEqual(KINDS.map((kind) => id(kind, "Enter")), ["confirm", "grid_send", "grid_send", "confirm"]);
  assert.deepEqual(KINDS.map((kind) => id(kind, "ArrowUp")), ["highlight", "grid_move", "grid_move", "highlight"]);
  assert.deepEqual(KINDS.map((kind) => id(kind, "0")), ["pick_none", "pick_none", undefined, "pick_none"]);
  assert.deepEqual(KINDS.map((kind) => id(kind, "r")), ["draw", undefined, undefined, "draw"]);
  for (const key of ["c", "m", "q", "s", "u", "?"]) assert.equal(new Set(KINDS.map((kind) => id(kind, key))).size, 1, key);
  for (const kind of KINDS) assert.equal(id(kind, "Enter", { ctrlKey: true }), "submit_all", kind);
});

test("with single letters off everything in a burst still has a key", () => {
  const keymap = createKeymap({ letters: false });
  const heard = (key, marks) => keymap.match(press(key, marks), { mode: "grid" })?.id;
  assert.deepEqual([heard("x"), heard("Delete"), heard("Delete", { shiftKey: true }), heard("Enter"), heard("ArrowLeft")],
    [undefined, "strike", "not_object", "grid_send", "grid_move"]);
});

test("each picture that is seen at first sight is fetched ahead, once", () => {
  const own = { image_url: "/s1.jpg" };
  assert.deepEqual(picturesOf({ scene: own, objects: [] }), ["/s1.jpg"]);
  const objects = [{ scene: own, candidates: [{ image_url: "/p1.jpg" }, { image_url: "/p2.jpg" }] }, { scene: own, candidates: [] }];
  assert.deepEqual(picturesOf({ scene: null, objects }), ["/s1.jpg", "/p1.jpg"]);
});

test("known are the boxes of a coverage check, proposed or drawn by somebody", () => {
  const objects = [{ proposal: 1 }];
  assert.deepEqual(knownOf({ kind: "coverage", objects, known: [{ box: [] }] }), [{ proposal: 1 }, { box: [] }]);
  assert.deepEqual(knownOf({ kind: "scene", objects, known: [] }), []);
});

test("a crop of a shape holds its box, stays in the image and has that shape where there is room", () => {
  const random = seeded(7);
  const size = { width: 640, height: 480 };
  for (let turn = 0; turn < 500; turn += 1) {
    const [a, b, c, d] = [random(), random(), random(), random()];
    const box = [Math.min(a, b), Math.min(c, d), Math.max(a, b) + 0.001, Math.max(c, d) + 0.001].map((value) => Math.min(value, 1));
    const [x, y, width, height] = cropViewBox(box, size, { pad: 0.2, aspect: 1 }).split(" ").map(Number);
    const holds = x <= box[0] * 640 + 0.01 && x + width >= box[2] * 640 - 0.01 && y <= box[1] * 480 + 0.01 && y + height >= box[3] * 480 - 0.01;
    assert.ok(holds, String(box));
    assert.ok(x >= 0 && y >= 0 && x + width <= 640.01 && y + height <= 480.01, String(box));
    if (Math.max(width, height) < 479) assert.ok(Math.abs(width - height) < 0.02, String([box, width, height]));
  }
});

test("cells are as large as lets all be seen, by trying every width", () => {
  const limits = { least: 138, most: 250, shape: 1, foot: 31, gap: 10 };
  // A grid of columns of at least `width` stretches them to fill its room.
  const stretched = (room, width) => (room.width + 10) / Math.floor((room.width + 10) / (width + 10)) - 10;
  const seen = (count, room, width) => {
    const columns = Math.floor((room.width + 10) / (width + 10));
    return Math.ceil(count / columns) * (stretched(room, width) + 31 + 10) - 10 <= room.height;
  };
  for (const count of [1, 2, 7, 12, 24, 48, 96]) {
    for (const room of [{ width: 980, height: 700 }, { width: 600, height: 500 }, { width: 300, height: 900 }]) {
      const widths = Array.from({ length: 250 - 138 + 1 }, (_, at) => 138 + at);
      const good = widths.filter((width) => stretched(room, width) <= 250.001 && seen(count, room, width));
      const got = cellWidth(count, room, limits);
      const best = good.length ? Math.max(...good.map((width) => stretched(room, width))) : stretched(room, 138);
      assert.equal(stretched(room, got), best, `${count} in ${room.width}: ${got}`);
    }
  }
  assert.equal(cellWidth(4, { width: 100, height: 100 }, limits), 100, "never wider than the room");
});

test("digits give the categories a person uses most, the others by name", () => {
  const categories = [..."abcdefghijkl"].map((slug) => ({ slug, name: slug }));
  assert.deepEqual(mostUsed(categories, { l: 3, c: 5 }).map(({ slug }) => slug), [..."clabdefgh"]);
});
