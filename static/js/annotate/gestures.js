/** What a drag does, as small machines: {move(point), end(), cancel()} over the store. Points are image pixels. */

import { boxBetween, clampPoint, moveBox, resizeBox } from "./geometry.js";

let count = 0;
export const newGesture = (name) => `${name}-${(count += 1)}`;

export function dragBox(store, uuid, from, edges) {
  const { box } = store.get(uuid);
  const size = store.view().scene;
  const gesture = newGesture("drag");
  const put = (next) => store.get(uuid) && store.apply({ update: [{ uuid, patch: { box: next } }] }, { gesture });
  return {
    move(point) {
      const dx = point.x - from.x;
      const dy = point.y - from.y;
      put(edges ? resizeBox(box, edges, dx, dy, size) : moveBox(box, dx, dy, size));
    },
    end() {},
    cancel: () => put(box),
  };
}

/** Drawing knows three hands: drag, click and click, and arrow keys with Enter. All end in `finish(box)`. */
export function createDrawing({ store, finish, tooSmall }) {
  const size = () => store.view().scene;
  const set = (draft) => store.apply({ view: { draft } });

  function corner(point) {
    const { draft } = store.view();
    const at = clampPoint(point, size());
    if (!draft?.from) {
      set({ point: at, from: at });
      return;
    }
    const box = boxBetween(draft.from, at, size());
    if (box) finish(box);
    else tooSmall();
  }

  return {
    corner,
    begin() {
      const { width, height } = size();
      const point = { x: Math.round(width / 2), y: Math.round(height / 2) };
      store.apply({ view: { mode: "draw", draft: { point, from: null } } });
    },
    hover(point) {
      const { draft } = store.view();
      if (draft) set({ ...draft, point: clampPoint(point, size()) });
    },
    nudge(dx, dy) {
      const { draft } = store.view();
      set({ ...draft, point: clampPoint({ x: draft.point.x + dx, y: draft.point.y + dy }, size()) });
    },
    /** Takes the first corner back: a second finger came down, and it is a pinch. */
    lift() {
      const { draft } = store.view();
      if (draft?.from) set({ point: draft.point, from: null });
    },
    atCrosshair: () => corner(store.view().draft.point),
  };
}
