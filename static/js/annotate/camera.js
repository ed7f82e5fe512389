/** The viewport of the stage: fits a new scene, follows the selection and the size of the window. */

import { boxView, fitView, revealBox, zoomAt } from "./geometry.js";

export function createCamera({ stage, store }) {
  const room = () => ({ width: stage.clientWidth, height: stage.clientHeight });
  const set = (viewport) => store.apply({ view: { viewport } });
  let lastFit = null;
  const isFitted = () => JSON.stringify(store.view().viewport) === JSON.stringify(lastFit);

  function fit() {
    const { scene } = store.view();
    if (!scene || !stage.clientWidth) return;
    lastFit = fitView(scene, room());
    set(lastFit);
  }

  const stop = store.observe((change) => {
    const view = store.view();
    if (view.scene && !view.viewport) fit();
    if (change.reset || !change.view || !("selected" in change.view.after)) return;
    const object = store.selected();
    if (object && view.viewport) set(revealBox(view.viewport, object.box, view.scene, room()));
  });

  const watcher = new ResizeObserver(() => {
    if (isFitted() || !store.view().viewport) fit();
  });
  watcher.observe(stage);

  return {
    fit,
    zoom(factor) {
      const { viewport, scene } = store.view();
      if (viewport) set(zoomAt(viewport, factor, { x: stage.clientWidth / 2, y: stage.clientHeight / 2 }, scene, room()));
    },
    zoomToSelected() {
      const object = store.selected();
      if (object) set(boxView(object.box, store.view().scene, room()));
    },
    destroy() {
      stop();
      watcher.disconnect();
    },
  };
}
