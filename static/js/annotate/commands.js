/** What each command of the registry does. Returning false leaves the key to the browser. */

import { isUndecided } from "./decisions.js";
import { moveBox, resizeBox } from "./geometry.js";
import { newGesture } from "./gestures.js";
import { partsOf } from "./keymap.js";
import { inSight } from "./sight.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const stepOf = (chord) => STEPS[partsOf(chord).at(-1)];
const digitOf = (chord) => Number(chord.at(-1));
const NUDGES_TOGETHER_MS = 600;

function createNudge(store, clock) {
  let gesture = null;
  let last = 0;
  return (chord, pixels, change) => {
    const object = store.selected();
    if (!object) return;
    if (!gesture || clock.now() - last > NUDGES_TOGETHER_MS) gesture = newGesture("nudge");
    last = clock.now();
    const [dx, dy] = stepOf(chord).map((step) => step * pixels);
    const box = change(object.box, dx, dy, store.view().scene);
    store.apply({ update: [{ uuid: object.uuid, patch: { box } }] }, { gesture });
  };
}

/** Tab walks what is undecided only from the stage, and leaves it after the last of them: no keyboard trap. */
function walks(store, { chord, target }, direction, stage) {
  if (!chord.endsWith("Tab")) return true;
  const objects = inSight(store.view(), store.objects());
  const at = objects.findIndex(({ uuid }) => uuid === store.view().selected);
  const beyond = direction > 0 ? objects.slice(at + 1) : objects.slice(0, Math.max(at, 0));
  return (target === document.body || stage.contains(target)) && beyond.some(isUndecided);
}

/** Keys of an open scene: deciding, looking, changing boxes. */
function sceneCommands({ store, actions, category, search, comment, sightbar, editor, stage, columns, camera, toggle, say }) {
  const walk = (direction) => (press) => (walks(store, press, direction, stage) ? actions.moveUndecided(direction) : false);
  const hide = (what) => (_, phase) => store.apply({ view: { hidden: phase === "down" ? what : null } });
  return {
    confirm: actions.confirm,
    confirm_similar: actions.similar,
    pick_exact: ({ chord }) => actions.pickCard(digitOf(chord), "exact"),
    pick_similar: ({ chord }) => actions.pickCard(digitOf(chord), "similar"),
    pick_none: actions.none,
    reject: actions.reject,
    reject_hidden: actions.rejectHidden,
    remove: actions.remove,
    category: category.open,
    search: search.open,
    filter: search.openFilter,
    comment: comment.open,
    flag: actions.flag,
    next: walk(1),
    previous: walk(-1),
    next_any: () => actions.move(1),
    previous_any: () => actions.move(-1),
    cycle: () => actions.cycle(editor.pointer()),
    highlight({ chord }) {
      const [dx, dy] = stepOf(chord);
      actions.highlight(dx + dy * columns());
    },
    page_back: () => actions.highlight(-1, { page: true }),
    page_on: () => actions.highlight(1, { page: true }),
    edit: () => (store.selected() ? toggle("edit") : say("nothing_selected")),
    zoom_in: () => camera.zoom(1.25),
    zoom_out: () => camera.zoom(0.8),
    fit: camera.fit,
    zoom_box: camera.zoomToSelected,
    space({ tapped }, phase) {
      stage.dataset.panning = phase === "down";
      if (tapped) toggle("compare");
    },
    hide: hide("one"),
    hide_all: hide("all"),
    threshold: sightbar.open,
    order: actions.toggleOrder,
  };
}

/** Keys that change a box: the arrows of editing, and the cross-hair of drawing. */
function boxCommands({ store, drawing, clock }) {
  const nudge = createNudge(store, clock);
  const grow = (edges) => ({ chord }) => nudge(chord, chord.includes("Shift+") ? 10 : 1,
    (box, dx, dy, size) => resizeBox(box, edges, dx, dy, size));
  const cross = (pixels) => {
    return ({ chord }) => drawing.nudge(...stepOf(chord).map((step) => step * pixels(chord)));
  };
  return {
    draw: drawing.begin,
    corner: drawing.atCrosshair,
    crosshair: cross(() => 1),
    crosshair_far: cross((chord) => (chord.includes("Ctrl+") ? 50 : 10)),
    nudge: ({ chord }) => nudge(chord, 1, moveBox),
    nudge_far: ({ chord }) => nudge(chord, 10, moveBox),
    grow_end: grow("se"),
    grow_start: grow("nw"),
  };
}

/** Keys of a burst: walking over its cells, and striking. */
function burstCommands({ store, strikes, quick, board, submit }) {
  return {
    strike: () => strikes.strike(),
    not_object: strikes.notObject,
    quick_category: ({ chord }) => quick.take(digitOf(chord)),
    grid_move({ chord }) {
      const [dx, dy] = stepOf(chord);
      strikes.moveBy(dx + dy * board.columns());
    },
    grid_first: () => strikes.moveBy(-Infinity),
    grid_last: () => strikes.moveBy(Infinity),
    grid_send: () => submit(),
    look: () => store.apply({ view: { large: !store.view().large } }),
  };
}

/** @param {object} parts everything that main.js made: store, actions, undo, session, camera, drawing, category, ... */
export function createCommands(parts) {
  const { store, actions, undo, session, category, editor, sheet, skip, submit, leave, signIn, say } = parts;
  const mode = () => store.view().mode;
  const toggle = (name) => (mode() === name ? actions.home() : actions.setMode(name));
  const back = () => session.back() || say("no_earlier_scene");
  /** A step back or forth may take the question away whose candidates are open. */
  function replay(step, nothing) {
    if (!step()) say(nothing);
    if (mode() === "choose") actions.home();
  }

  return {
    ...sceneCommands({ ...parts, toggle }),
    ...boxCommands(parts),
    ...burstCommands(parts),
    submit: () => submit(),
    submit_all: () => submit({ confirmAll: true }),
    skip: skip.open,
    skip_reason: ({ chord }) => skip.choose(digitOf(chord) - 1),
    undo: () => replay(undo.undo, "nothing_to_undo"),
    redo: () => replay(undo.redo, "nothing_to_redo"),
    reopen: back,
    history_back: back,
    history_on: () => session.forward() || say("no_later_scene"),
    field_move({ chord }) {
      const [, step] = stepOf(chord);
      if (mode() === "category") category.move(step);
      else actions.highlight(step);
    },
    field_take() {
      if (mode() === "category") category.take();
      else if (store.view().results) actions.pick(store.view().resultHighlight, "exact");
    },
    field_similar: () => store.view().results && actions.pick(store.view().resultHighlight, "similar"),
    line_done: () => leave({ keep: true }),
    cancel: () => editor.abandon() || leave(),
    sheet: sheet.open,
    sign_in: signIn,
    reload: () => window.location.reload(),
  };
}
