/** What each command of the registry does. Returning false leaves the key to the browser. */

import { moveBox, resizeBox } from "./geometry.js";
import { newGesture } from "./gestures.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const stepOf = (chord) => STEPS[chord.split("+").at(-1)];
const digitOf = (chord) => Number(chord.at(-1));
const NUDGES_TOGETHER_MS = 600;

function createNudge(store, clock) {
  let gesture = null;
  let last = 0;
  return (chord, change) => {
    const object = store.selected();
    if (!object) return;
    if (!gesture || clock.now() - last > NUDGES_TOGETHER_MS) gesture = newGesture("nudge");
    last = clock.now();
    const far = chord.includes("Shift+") ? 10 : 1;
    const [dx, dy] = stepOf(chord).map((step) => step * far);
    const box = change(object.box, dx, dy, store.view().scene);
    store.apply({ update: [{ uuid: object.uuid, patch: { box } }] }, { gesture });
  };
}

/** Tab walks the boxes only from the stage, and leaves it after the last one: no keyboard trap. */
function walks(store, { chord, target }, direction, stage) {
  if (!chord.endsWith("Tab")) return true;
  const objects = store.objects();
  const at = objects.findIndex(({ uuid }) => uuid === store.view().selected);
  const onStage = target === document.body || stage.contains(target);
  return onStage && at + direction >= 0 && at + direction < objects.length;
}

/** @param {object} parts everything that main.js made: store, actions, undo, camera, drawing, category, search, ... */
export function createCommands({
  store, actions, undo, camera, drawing, category, search, sheet, skip, submit, leave, stage, columns, say, clock,
}) {
  const nudge = createNudge(store, clock);
  const mode = () => store.view().mode;
  const toggle = (name) => actions.setMode(mode() === name ? "browse" : name);
  const walk = (direction) => (press) => (walks(store, press, direction, stage) ? actions.move(direction) : false);
  const hide = (what) => (_, phase) => store.apply({ view: { hidden: phase === "down" ? what : null } });
  const arrow = ({ chord }) => {
    const [dx, dy] = stepOf(chord);
    actions.highlight(dx + dy * columns());
  };
  const cross = ({ chord }) => {
    const far = chord.startsWith("Ctrl+") ? 50 : 1;
    const [dx, dy] = stepOf(chord);
    const step = chord.startsWith("Shift+") ? 10 : far;
    drawing.nudge(dx * step, dy * step);
  };

  return {
    confirm: actions.confirm,
    pick_exact: ({ chord }) => actions.pickCard(digitOf(chord), "exact"),
    pick_similar: ({ chord }) => actions.pickCard(digitOf(chord), "similar"),
    pick_none: actions.none,
    reject: actions.reject,
    remove: actions.remove,
    category: category.open,
    search: search.open,
    submit: () => submit(),
    submit_all: () => submit({ confirmAll: true }),
    skip: skip.open,
    skip_reason: ({ chord }) => skip.choose(digitOf(chord) - 1),
    undo: () => undo.undo() || say("nothing_to_undo"),
    redo: () => undo.redo() || say("nothing_to_redo"),
    next: walk(1),
    previous: walk(-1),
    highlight: arrow,
    page_back: () => actions.highlight(-1, { page: true }),
    page_on: () => actions.highlight(1, { page: true }),
    draw: drawing.begin,
    corner: drawing.atCrosshair,
    crosshair: cross,
    crosshair_far: cross,
    edit: () => (store.selected() ? toggle("edit") : say("nothing_selected")),
    nudge: ({ chord }) => nudge(chord, moveBox),
    nudge_far: ({ chord }) => nudge(chord, moveBox),
    grow_end: ({ chord }) => nudge(chord, (box, dx, dy, size) => resizeBox(box, "se", dx, dy, size)),
    grow_start: ({ chord }) => nudge(chord, (box, dx, dy, size) => resizeBox(box, "nw", dx, dy, size)),
    zoom_in: () => camera.zoom(1.25),
    zoom_out: () => camera.zoom(0.8),
    fit: camera.fit,
    zoom_box: camera.zoomToSelected,
    space: ({ tapped }, phase) => {
      stage.dataset.panning = phase === "down";
      if (tapped) toggle("compare");
    },
    hide: hide("one"),
    hide_all: hide("all"),
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
    cancel: () => leave(),
    sheet: sheet.open,
    reload: () => window.location.reload(),
  };
}
