/** Pointers on the stage become changes of the store: select, move, resize, draw, pan, wheel zoom, pinch. */

import { dragBox } from "./gestures.js";
import { handleAt, nextOf, objectsAt, panView, toImage, zoomAt } from "./geometry.js";
import { inSight } from "./sight.js";

const SLOP = 4;
/** What a mouse, a pen and a finger may miss a handle by, in screen pixels. */
const REACH = { mouse: 7, pen: 12, touch: 22 };
/** While a pen is at work, and shortly after, the hand that rests on the glass means nothing. */
const PALM_MS = 600;

/** @param {{stage: HTMLElement, store, actions, drawing, holdsSpace: () => boolean, panned: () => void}} parts */
export function createEditor({ stage, store, actions, drawing, holdsSpace, panned }) {
  const pointers = new Map();
  let active = null;
  let clicked = null;
  let over = null;
  let penAt = -Infinity;

  const local = (event) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const room = () => ({ width: stage.clientWidth, height: stage.clientHeight });
  const onImage = (event) => toImage(local(event), store.view().viewport);
  const setView = (viewport) => store.apply({ view: { viewport } });
  const isPalm = ({ pointerType, timeStamp }) => pointerType === "touch" && timeStamp - penAt < PALM_MS;

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

  /** A click takes the smallest box under it; clicking on at the same place goes down through the pile. */
  function click(point) {
    const view = store.view();
    const pile = objectsAt(inSight(view, store.objects()), point, view.scene);
    const near = 2 * SLOP / view.viewport.scale;
    const again = clicked && Math.hypot(clicked.x - point.x, clicked.y - point.y) <= near;
    clicked = point;
    if (pile.length) actions.select((again ? nextOf(pile, view.selected) : pile[0]).uuid);
  }

  function draw(point) {
    const second = Boolean(store.view().draft?.from);
    if (!second) drawing.corner(point);
    return {
      free: true, move: (at) => drawing.hover(at),
      end: (moved, at) => (moved || second) && store.view().mode === "draw" && drawing.corner(at),
      cancel: drawing.lift,
    };
  }

  function press(event) {
    const { mode, scene, viewport, hidden } = store.view();
    const point = onImage(event);
    if (event.button === 1 || holdsSpace()) return pan(local(event));
    if (mode === "draw") return draw(point);
    const selected = store.selected();
    const free = selected && !selected.rejected && !hidden;
    const reach = (REACH[event.pointerType] ?? REACH.mouse) / viewport.scale;
    const edges = free && ["browse", "edit"].includes(mode) ? handleAt(selected.box, point, reach, scene) : null;
    const ends = (moved) => !moved && click(point);
    if (edges) return { ...dragBox(store, selected.uuid, point, edges), end: ends };
    const inside = free && objectsAt([selected], point, scene).length;
    if (inside) return { ...dragBox(store, selected.uuid, point, null), end: ends };
    return { ...pan(local(event)), end: ends };
  }

  function down(event) {
    if (!store.view().viewport || event.button > 1 || isPalm(event)) return;
    if (event.pointerType === "pen") penAt = event.timeStamp;
    pointers.set(event.pointerId, local(event));
    stage.setPointerCapture(event.pointerId);
    if (pointers.size > 1) abandon();
    else active = { gesture: press(event), start: local(event), moved: false };
    event.preventDefault();
  }

  /** The gesture under way was no gesture: a second finger makes it a pinch, or the system took the pointer. */
  function abandon() {
    active?.gesture.cancel?.();
    active = null;
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
    if (event.pointerType === "pen") penAt = event.timeStamp;
    if (event.pointerType !== "touch") over = onImage(event);
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
    abandon();
  }

  function wheel(event) {
    const { viewport, scene } = store.view();
    if (!viewport) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    if (event.shiftKey) return void setView(panView(viewport, -(event.deltaX || event.deltaY) * lines, 0, scene, room()));
    // Two fingers that pinch a touchpad arrive as a wheel with Ctrl, in much smaller steps.
    const step = event.ctrlKey ? 0.01 : 0.0015;
    setView(zoomAt(viewport, Math.exp(-event.deltaY * lines * step), local(event), scene, room()));
  }

  const away = () => {
    over = null;
  };

  // Focus that arrives by Tab or by a screen reader selects; a click has its own way.
  function focus(event) {
    const uuid = event.target.closest("[data-uuid]")?.dataset.uuid;
    if (uuid && uuid !== store.view().selected && !pointers.size) actions.select(uuid);
  }

  const wired = {
    pointerdown: down, pointermove: move, pointerup: up, pointercancel: cancel, pointerleave: away, wheel, focusin: focus,
  };
  for (const [name, listener] of Object.entries(wired)) stage.addEventListener(name, listener, { passive: false });

  return {
    /** Where a mouse or a pen is over the image, in its pixels; null for a finger and for nobody. */
    pointer: () => over,
    /** True when a drag was under way, which is now undone. */
    abandon() {
      const dragging = Boolean(active?.moved);
      abandon();
      return dragging;
    },
    destroy() {
      for (const [name, listener] of Object.entries(wired)) stage.removeEventListener(name, listener);
    },
  };
}
