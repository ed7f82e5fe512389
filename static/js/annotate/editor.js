/** Pointers on the stage become changes of the store: select, move, resize, draw, pan, wheel zoom, pinch. */

import { dragBox } from "./gestures.js";
import { objectAt, panView, toImage, zoomAt } from "./geometry.js";

const SLOP = 4;

/** @param {{stage: HTMLElement, store, actions, drawing, holdsSpace: () => boolean, panned: () => void}} parts */
export function createEditor({ stage, store, actions, drawing, holdsSpace, panned }) {
  const pointers = new Map();
  let active = null;

  const local = (event) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const room = () => ({ width: stage.clientWidth, height: stage.clientHeight });
  const onImage = (event) => toImage(local(event), store.view().viewport);
  const setView = (viewport) => store.apply({ view: { viewport } });

  function pan(start) {
    let last = start;
    return {
      move(_, screen) {
        const view = store.view();
        setView(panView(view.viewport, screen.x - last.x, screen.y - last.y, view.scene, room()));
        last = screen;
        panned();
      },
      end() {},
    };
  }

  function press(event) {
    const { mode, scene } = store.view();
    const point = onImage(event);
    if (event.button === 1 || holdsSpace()) return pan(local(event));
    if (mode === "draw") {
      const second = Boolean(store.view().draft?.from);
      if (!second) drawing.corner(point);
      return {
        free: true, move: (at) => drawing.hover(at),
        end: (moved, at) => (moved || second) && store.view().mode === "draw" && drawing.corner(at),
      };
    }
    const selected = store.selected();
    const handle = event.target.closest("[data-handle]");
    if (handle && selected) return dragBox(store, selected.uuid, point, handle.dataset.handle);
    const hit = objectAt(store.objects(), point, scene);
    const click = (moved) => !moved && hit && actions.select(hit.uuid);
    const inside = selected && !selected.rejected && objectAt([selected], point, scene);
    if (inside) return { ...dragBox(store, selected.uuid, point, null), end: click };
    return { ...pan(local(event)), end: click };
  }

  function down(event) {
    if (!store.view().viewport || event.button > 1) return;
    pointers.set(event.pointerId, local(event));
    stage.setPointerCapture(event.pointerId);
    if (pointers.size === 2) active = null;
    else active = { gesture: press(event), start: local(event), moved: false };
    event.preventDefault();
  }

  function pinch(event) {
    const [a, b] = [...pointers.values()];
    pointers.set(event.pointerId, local(event));
    const [c, d] = [...pointers.values()];
    const apart = (p, q) => Math.max(Math.hypot(p.x - q.x, p.y - q.y), 1);
    const middle = { x: (c.x + d.x) / 2, y: (c.y + d.y) / 2 };
    const { viewport, scene } = store.view();
    const zoomed = zoomAt(viewport, apart(c, d) / apart(a, b), middle, scene, room());
    setView(panView(zoomed, middle.x - (a.x + b.x) / 2, middle.y - (a.y + b.y) / 2, scene, room()));
  }

  function move(event) {
    if (!store.view().viewport) return;
    if (pointers.size === 2 && pointers.has(event.pointerId)) return void pinch(event);
    if (!active) return void (store.view().mode === "draw" && drawing.hover(onImage(event)));
    const screen = local(event);
    active.moved ||= Math.hypot(screen.x - active.start.x, screen.y - active.start.y) >= SLOP;
    if (active.moved || active.gesture.free) active.gesture.move(onImage(event), screen);
  }

  function up(event) {
    if (pointers.delete(event.pointerId) && active && store.view().viewport) {
      active.gesture.end(active.moved, onImage(event));
    }
    active = null;
  }

  function cancel(event) {
    pointers.delete(event.pointerId);
    active = null;
  }

  function wheel(event) {
    const { viewport, scene } = store.view();
    if (!viewport) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    setView(zoomAt(viewport, Math.exp(-event.deltaY * lines * 0.0015), local(event), scene, room()));
  }

  // Focus that arrives by Tab or by a screen reader selects; a click has its own way.
  function focus(event) {
    const uuid = event.target.closest("[data-uuid]")?.dataset.uuid;
    if (uuid && uuid !== store.view().selected && !pointers.size) actions.select(uuid);
  }

  const wired = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: cancel, wheel, focusin: focus };
  for (const [name, listener] of Object.entries(wired)) stage.addEventListener(name, listener, { passive: false });

  return {
    destroy() {
      for (const [name, listener] of Object.entries(wired)) stage.removeEventListener(name, listener);
    },
  };
}
