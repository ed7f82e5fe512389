import assert from "node:assert/strict";
import { test } from "node:test";

import {
  boxBetween, boxView, cropViewBox, fitView, handleAt, handlesOf, MIN_PX, moveBox, nextOf, objectsAt, objectsOver, panView,
  resizeBox, revealBox, sameBox, toBox, toImage, toPixels, zoomAt,
} from "../../static/js/annotate/geometry.js";

const size = { width: 800, height: 600 };
const stage = { width: 1000, height: 700 };
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("it works", () => {
  const box = [0.1, 0.2, 0.5, 0.6];
  assert.deepEqual(toPixels(box, size), { left: 80, top: 120, right: 400, bottom: 360 });
  assert.ok(sameBox(toBox(toPixels(box, size), size), box));
});

test("a moved box stops at the border with its size kept", () => {
  const moved = toPixels(moveBox([0.1, 0.2, 0.5, 0.6], 10000, -10000, size), size);
  near(moved.right, 800);
  near(moved.top, 0);
  near(moved.right - moved.left, 320);
  near(moved.bottom - moved.top, 240);
});

test("there and back by single pixels is the same box", () => {
  let box = [0.123456, 0.2, 0.5, 0.6];
  for (let i = 0; i < 50; i += 1) box = moveBox(box, 1, 1, size);
  for (let i = 0; i < 50; i += 1) box = moveBox(box, -1, -1, size);
  assert.ok(sameBox(box, [0.123456, 0.2, 0.5, 0.6]));
});

test("resizing moves only the named edges and never below the least size", () => {
  const wide = toPixels(resizeBox([0.1, 0.2, 0.5, 0.6], "e", 40, 999, size), size);
  near(wide.right, 440);
  near(wide.bottom, 360);
  const thin = toPixels(resizeBox([0.1, 0.2, 0.5, 0.6], "nw", 5000, 5000, size), size);
  near(thin.right - thin.left, MIN_PX);
  near(thin.bottom - thin.top, MIN_PX);
});

test("any box that any resize leaves is sound", () => {
  for (const edges of ["n", "s", "e", "w", "nw", "ne", "sw", "se"]) {
    for (const shift of [-3000, -7, 0, 7, 3000]) {
      const [left, top, right, bottom] = resizeBox([0.4, 0.4, 0.41, 0.41], edges, shift, -shift, size);
      assert.ok(left >= 0 && top >= 0 && right <= 1 && bottom <= 1 && left < right && top < bottom, `${edges} ${shift}`);
    }
  }
});

test("a box between two corners in any order; too small is none", () => {
  assert.deepEqual(boxBetween({ x: 400, y: 300 }, { x: -50, y: 150 }, size), [0, 0.25, 0.5, 0.5]);
  assert.equal(boxBetween({ x: 10, y: 10 }, { x: 12, y: 200 }, size), null);
});

test("zooming keeps the point under the pointer", () => {
  const view = fitView(size, stage);
  const pointer = { x: 333, y: 222 };
  const before = toImage(pointer, view);
  const after = toImage(pointer, zoomAt(view, 2.5, pointer, size, stage));
  near(before.x, after.x);
  near(before.y, after.y);
});

test("a fitted image lies on the stage inside the insets", () => {
  const view = fitView(size, stage, { left: 10, top: 20, right: 30, bottom: 40 });
  assert.ok(view.x >= 10 - 1e-6 && view.y >= 20 - 1e-6);
  assert.ok(view.x + 800 * view.scale <= 970 + 1e-6 && view.y + 600 * view.scale <= 660 + 1e-6);
});

test("zooming to a box puts its middle in the middle", () => {
  const view = boxView([0.5, 0.5, 0.6, 0.7], size, stage);
  near(0.55 * 800 * view.scale + view.x, 500);
  near(0.6 * 600 * view.scale + view.y, 350);
});

test("panning leaves a strip of the image in sight", () => {
  const view = panView({ scale: 1, x: 0, y: 0 }, -9999, 9999, size, stage, 64);
  assert.deepEqual([view.x, view.y], [64 - 800, 700 - 64]);
});

test("a box out of sight is revealed at the same zoom, one in sight moves nothing", () => {
  const view = { scale: 4, x: 0, y: 0 };
  assert.equal(revealBox(view, [0.01, 0.01, 0.1, 0.1], size, stage), view);
  const moved = revealBox(view, [0.8, 0.8, 0.85, 0.85], size, stage);
  assert.equal(moved.scale, 4);
  assert.ok(0.85 * 800 * 4 + moved.x <= 1000 && 0.8 * 800 * 4 + moved.x >= 0);
});

const nested = [
  { uuid: "sofa", box: [0, 0, 1, 1] }, { uuid: "cushion", box: [0.4, 0.4, 0.6, 0.6] }, { uuid: "button", box: [0.45, 0.45, 0.5, 0.5] },
];
const names = (objects) => objects.map(({ uuid }) => uuid);

test("boxes under a point come smallest first", () => {
  assert.deepEqual(names(objectsAt(nested, { x: 380, y: 280 }, size)), ["button", "cushion", "sofa"]);
  assert.deepEqual(names(objectsAt(nested, { x: 10, y: 10 }, size)), ["sofa"]);
  assert.deepEqual(names(objectsAt(nested, { x: -10, y: 10 }, size)), []);
});

test("a pile is gone through and begins again", () => {
  const pile = objectsOver(nested, nested[1].box);
  assert.deepEqual(names(pile), ["button", "cushion", "sofa"]);
  assert.deepEqual(names(["button", "cushion", "sofa", "elsewhere"].map((uuid) => nextOf(pile, uuid))), ["cushion", "sofa", "button", "button"]);
});

test("boxes that only touch do not lie on each other", () => {
  const row = [{ uuid: "a", box: [0, 0, 0.5, 1] }, { uuid: "b", box: [0.5, 0, 1, 1] }];
  assert.deepEqual(names(objectsOver(row, row[0].box)), ["a"]);
});

test("each handle is reached where it is drawn, and the middle of a small box is none", () => {
  const box = [0.2, 0.2, 0.6, 0.7];
  for (const { edges, x, y } of handlesOf(box, size)) assert.equal(handleAt(box, { x: x + 3, y: y - 3 }, 10, size), edges);
  assert.equal(handleAt(box, { x: 320, y: 270 }, 22, size), null);
});

test("a finger moves a small box by its middle and resizes it from outside", () => {
  const tiny = toBox({ left: 100, top: 100, right: 116, bottom: 116 }, size);
  assert.equal(handleAt(tiny, { x: 108, y: 108 }, 22, size), null);
  assert.equal(handleAt(tiny, { x: 128, y: 127 }, 22, size), "se");
});

test("a crop stays inside the image", () => {
  const [left, top, width, height] = cropViewBox([0, 0, 0.5, 1], size, { pad: 0.1 }).split(" ").map(Number);
  assert.deepEqual([left, top, height], [0, 0, 600]);
  assert.equal(width, 460);
});
