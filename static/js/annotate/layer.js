/** Draws the scene: picture below, SVG overlay above. Reads the store, writes nothing but what one sees. */

import { setAttributes, svg } from "../lib/dom.js";
import { stateOf } from "./decisions.js";
import { isHidden } from "./sight.js";
import { createBoxShape, createDraftShape, createHandles, createKnownShape } from "./shapes.js";

/**
 * @param {{stage: HTMLElement, store, describe: (object, number, state) => string, nameOf: (slug) => string,
 *   pictureOf: (url) => HTMLImageElement}} parts
 */
export function createLayer({ stage, store, describe, nameOf, pictureOf }) {
  const known = svg("g");
  const boxes = svg("g");
  const handles = createHandles();
  const draft = createDraftShape();
  const world = svg("g", {}, known, boxes, handles.node, draft.node);
  const overlay = svg("svg", { class: "overlay", role: "group", "aria-label": stage.getAttribute("aria-label") }, world);
  stage.append(overlay);
  const shapes = new Map();
  let picture = null;
  let background = { of: null, shapes: [] };

  function showPicture(scene) {
    const next = scene ? pictureOf(scene.image_url) : null;
    if (next === picture) return;
    picture?.remove();
    picture = next;
    if (!picture) return;
    picture.className = "picture";
    picture.alt = scene.title ?? "";
    picture.draggable = false;
    picture.style.width = `${scene.width}px`;
    picture.style.height = `${scene.height}px`;
    stage.prepend(picture);
  }

  function drawKnown(view) {
    const wanted = view.known ?? [];
    if (background.of !== wanted) {
      const shapes = wanted.map(({ box, category }) => createKnownShape({ box, label: nameOf(category) }, view.scene));
      background = { of: wanted, shapes };
      known.replaceChildren(...shapes.map(({ node }) => node));
    }
    for (const shape of background.shapes) shape.update(view.viewport);
    known.style.visibility = view.hidden === "all" ? "hidden" : "";
  }

  function drawBoxes(view) {
    const objects = store.objects();
    for (const [uuid, shape] of shapes) {
      if (store.get(uuid)) continue;
      shape.node.remove();
      shapes.delete(uuid);
    }
    objects.forEach((object, index) => {
      let shape = shapes.get(object.uuid);
      if (!shape) {
        shape = createBoxShape(object.uuid);
        shapes.set(object.uuid, shape);
      }
      if (boxes.children[index] !== shape.node) boxes.insertBefore(shape.node, boxes.children[index] ?? null);
      const state = stateOf(object);
      const selected = object.uuid === view.selected;
      const hidden = view.hidden === "all" || (view.hidden === "one" && selected) || isHidden(view, object);
      const sure = state === "undecided" && object.score !== null ? `${Math.round(object.score * 100)}%` : "";
      shape.update({
        object, number: index + 1, state, selected, hidden, scale: view.viewport.scale, size: view.scene, sure,
        label: describe(object, index + 1, state),
      });
    });
  }

  function drawTools(view) {
    const object = store.selected();
    const editable = object && !object.rejected && !view.hidden && ["browse", "edit"].includes(view.mode);
    handles.node.style.display = editable ? "" : "none";
    if (editable) handles.update(object.box, { scale: view.viewport.scale, size: view.scene, large: view.mode === "edit" });
    const drawing = view.mode === "draw" && view.draft;
    draft.node.style.display = drawing ? "" : "none";
    if (drawing) draft.update(view.draft, view.scene);
  }

  function draw() {
    const view = store.view();
    showPicture(view.scene);
    stage.dataset.mode = view.mode;
    overlay.style.display = view.scene && view.viewport ? "" : "none";
    if (!view.scene || !view.viewport) return;
    const { scale, x, y } = view.viewport;
    setAttributes(world, { transform: `translate(${x} ${y}) scale(${scale})` });
    picture.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    drawKnown(view);
    drawBoxes(view);
    drawTools(view);
  }

  const stop = store.observe(draw);
  return {
    overlay,
    focusSelected: () => shapes.get(store.view().selected)?.node.focus({ preventScroll: true }),
    destroy() {
      stop();
      overlay.remove();
    },
  };
}
