import assert from "node:assert/strict";
import { test } from "node:test";

import { createActions } from "../../static/js/annotate/actions.js";
import { createCamera } from "../../static/js/annotate/camera.js";
import { createEditor } from "../../static/js/annotate/editor.js";
import { boxView, fitView, panView, sameBox, zoomAt } from "../../static/js/annotate/geometry.js";
import { createDrawing } from "../../static/js/annotate/gestures.js";
import { createStore } from "../../static/js/annotate/store.js";
import { createUndo } from "../../static/js/annotate/undo.js";
import { fakeStage, seeded } from "./fakes.js";

const scene = { width: 800, height: 600 };
const SOFA = [0.1, 0.1, 0.9, 0.9];
const CUSHION = [0.4, 0.4, 0.6, 0.6];

globalThis.ResizeObserver = class {
  constructor(resized) {
    this.resized = resized;
  }
  observe(stage) {
    stage.resized = this.resized;
  }
  disconnect() {}
};

function page({ boxes = [SOFA, CUSHION], selected = "b0", viewport = { scale: 1, x: 0, y: 0 } } = {}) {
  const objects = boxes.map((box, index) =>
    ({ uuid: `b${index}`, proposal: index, box, score: 0.9, grade: null, rejected: false, candidates: [], category: "sofa" }));
  const store = createStore({ objects, view: { mode: "browse", scene, viewport, selected, highlights: {}, results: null, draft: null } });
  const stage = fakeStage();
  const actions = createActions(store, { say() {}, finish() {}, newUuid: () => "new" });
  const drawing = createDrawing({ store, finish: (box) => actions.add(box, "lamp"), tooSmall() {} });
  const undo = createUndo(store);
  const editor = createEditor({ stage, store, actions, drawing, holdsSpace: () => false, panned() {} });
  const at = ([x, y]) => {
    const view = store.view().viewport;
    return { clientX: x * view.scale + view.x, clientY: y * view.scale + view.y };
  };
  /** A drag between image points, with whatever pointer. */
  const drag = (from, to, fields = {}) => {
    stage.send("pointerdown", { ...at(from), ...fields });
    stage.send("pointermove", { ...at(to), ...fields });
    stage.send("pointerup", { ...at(to), ...fields });
  };
  const click = (point, fields) => drag(point, point, fields);
  return { store, stage, actions, undo, editor, drawing, at, drag, click };
}

test("it works", () => {
  const { store, drag } = page({ selected: "b1" });
  drag([400, 300], [440, 330]);
  assert.ok(sameBox(store.get("b1").box, [0.45, 0.45, 0.65, 0.65]));
});

test("clicking on at one place goes down through the pile and begins again", () => {
  const { store, click } = page();
  const seen = [[400, 300], [400, 300], [401, 300], [100, 100], [400, 300]].map((point) => {
    click(point);
    return store.view().selected;
  });
  assert.deepEqual(seen, ["b1", "b0", "b1", "b0", "b1"]);
});

test("a box is drawn inside another, and on top of it", () => {
  const { store, drag, drawing } = page();
  drawing.begin();
  drag([420, 320], [460, 340]);
  assert.deepEqual([store.objects().length, store.view().selected], [3, "new"]);
  assert.ok(sameBox(store.get("new").box, [420 / 800, 320 / 600, 460 / 800, 340 / 600]));
});

test("two clicks draw a box as well", () => {
  const { store, click, drawing } = page();
  drawing.begin();
  click([10, 20]);
  click([110, 220]);
  assert.ok(sameBox(store.get("new").box, [10 / 800, 20 / 600, 110 / 800, 220 / 600]));
});

test("a second finger makes it a pinch: the box is where it was, and there is nothing to undo", () => {
  const { store, stage, undo, at } = page({ selected: "b1" });
  const finger = { pointerType: "touch", timeStamp: 5000 };
  stage.send("pointerdown", { ...at([400, 300]), ...finger });
  stage.send("pointermove", { ...at([430, 300]), ...finger });
  stage.send("pointerdown", { ...at([600, 300]), ...finger, pointerId: 2 });
  stage.send("pointermove", { ...at([700, 300]), ...finger, pointerId: 2 });
  stage.send("pointerup", { ...at([700, 300]), ...finger, pointerId: 2 });
  stage.send("pointerup", { ...at([430, 300]), ...finger });
  assert.deepEqual([store.get("b1").box, undo.canUndo()], [CUSHION, false]);
  assert.ok(store.view().viewport.scale > 1, "and it zoomed");
});

test("a pinch while drawing takes the first corner back", () => {
  const { store, stage, drawing, at } = page();
  drawing.begin();
  const finger = { pointerType: "touch", timeStamp: 5000 };
  stage.send("pointerdown", { ...at([100, 100]), ...finger });
  stage.send("pointerdown", { ...at([300, 100]), ...finger, pointerId: 2 });
  assert.equal(store.view().draft.from, null);
});

test("the hand that rests on the glass beside a pen does nothing", () => {
  const { store, stage, at } = page({ selected: "b1" });
  stage.send("pointerdown", { ...at([400, 300]), pointerType: "pen", timeStamp: 1000 });
  stage.send("pointerdown", { ...at([100, 500]), pointerType: "touch", timeStamp: 1100, pointerId: 2 });
  stage.send("pointermove", { ...at([440, 300]), pointerType: "pen", timeStamp: 1200 });
  stage.send("pointerup", { ...at([440, 300]), pointerType: "pen", timeStamp: 1300 });
  assert.ok(sameBox(store.get("b1").box, [0.45, 0.4, 0.65, 0.6]));
});

test("Escape and a lost pointer call a drag off", () => {
  for (const callOff of [({ editor }) => editor.abandon(), ({ stage }) => stage.send("pointercancel", {})]) {
    const world = page({ selected: "b1" });
    world.stage.send("pointerdown", world.at([400, 300]));
    world.stage.send("pointermove", world.at([500, 300]));
    callOff(world);
    assert.deepEqual([world.store.get("b1").box, world.undo.canUndo()], [CUSHION, false]);
  }
});

test("a middle button and a drag beside every box pan", () => {
  for (const [from, fields] of [[[400, 300], { button: 1 }], [[20, 20], {}]]) {
    const { store, drag } = page();
    drag(from, [from[0] + 50, from[1] + 30], fields);
    assert.deepEqual([store.view().viewport, store.get("b0").box], [{ scale: 1, x: 50, y: 30 }, SOFA]);
  }
});

test("no camera and no window ever changes a stored box, to the last bit", () => {
  const random = seeded(20261123);
  const boxes = Array.from({ length: 40 }, () => {
    const [left, top] = [random() * 0.8, random() * 0.8];
    return [left, top, left + 0.001 + random() * 0.19, top + 0.001 + random() * 0.19];
  });
  const { store, stage, actions } = page({ boxes, viewport: null });
  const camera = createCamera({ stage, store });
  camera.fit();
  const moves = [
    () => stage.send("wheel", { clientX: random() * 1000, clientY: random() * 700, deltaY: (random() - 0.5) * 900 }),
    () => stage.send("wheel", { clientX: 5, clientY: 5, deltaY: random() * 50, shiftKey: true }),
    () => camera.zoom(0.3 + random() * 3),
    () => camera.fit(),
    () => camera.zoomToSelected(),
    () => actions.select(`b${Math.floor(random() * 40)}`),
    () => {
      stage.clientWidth = 50 + random() * 3000;
      stage.clientHeight = 50 + random() * 2000;
      stage.resized();
    },
  ];
  for (let turn = 0; turn < 2000; turn += 1) moves[Math.floor(random() * moves.length)]();
  assert.deepEqual(store.objects().map(({ box }) => box), boxes);
  assert.ok(Number.isFinite(store.view().viewport.scale + store.view().viewport.x + store.view().viewport.y));
});

test("the same drag over the image makes the same box through any camera", () => {
  const random = seeded(7);
  const room = { width: 1000, height: 700 };
  const cameras = Array.from({ length: 60 }, () => {
    const base = random() < 0.5 ? fitView(scene, room) : boxView(CUSHION, scene, room);
    return panView(zoomAt(base, 0.4 + random() * 6, { x: random() * 1000, y: random() * 700 }, scene, room), random() * 900 - 450, 99, scene, room);
  });
  const results = cameras.map((viewport) => {
    const { store, drag } = page({ selected: "b1", viewport });
    drag([480, 360], [555.5, 410.25]);
    return store.get("b1").box;
  });
  for (const box of results) assert.ok(sameBox(box, [0.4, 0.4, 0.6 + 75.5 / 800, 0.6 + 50.25 / 600], 1e-9), box);
});
