/** A lasso holds what a person would say it holds. */
import assert from "node:assert/strict";
import test from "node:test";

import { circled, inside, lassoed } from "../../static/js/curate/lasso.js";

const SQUARE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]];
/** Open at the top, so that its middle is outside. */
const HORSESHOE = [[0, 0], [0.3, 0], [0.3, 0.7], [0.7, 0.7], [0.7, 0], [1, 0], [1, 1], [0, 1]];

/** The winding angle, which is a whole turn for a point inside a simple outline and none for one outside. */
function turns(outline, x, y) {
  let angle = 0;
  outline.forEach(([ax, ay], at) => {
    const [bx, by] = outline[(at + 1) % outline.length];
    const [ux, uy, vx, vy] = [ax - x, ay - y, bx - x, by - y];
    angle += Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy);
  });
  return Math.abs(Math.round(angle / (2 * Math.PI)));
}

test("it works", () => {
  assert.equal(inside(SQUARE, 0.5, 0.5), true);
  assert.equal(inside(SQUARE, 0.1, 0.5), false);
  assert.equal(inside(HORSESHOE, 0.5, 0.3), false);
  assert.equal(inside(HORSESHOE, 0.5, 0.9), true);
});

test("it agrees with the winding angle", () => {
  for (let step = 0; step < 900; step += 1) {
    const [x, y] = [((step * 37) % 101) / 100 + 0.003, ((step * 53) % 97) / 96 + 0.004];
    for (const outline of [SQUARE, HORSESHOE]) assert.equal(inside(outline, x, y), turns(outline, x, y) === 1, `${x} ${y}`);
  }
});

test("the points inside are named by their places", () => {
  const points = { x: [0.5, 0.1, 0.7, 0.9], y: [0.5, 0.1, 0.3, 0.9] };
  assert.deepEqual(lassoed(points, SQUARE), [0, 2]);
  assert.deepEqual(lassoed(points, SQUARE.slice(0, 2)), []);
  assert.deepEqual(circled(points, 0.5, 0.5, 0.3), [0, 2]);
  assert.deepEqual(circled(points, 0.5, 0.5, 0), [0]);
});
