/** A few words to the curator about the selected object. */

import { newGesture } from "./gestures.js";

export function createComment({ row, input, store, actions }) {
  let gesture = null;

  input.addEventListener("focus", () => {
    gesture = newGesture("comment");
    actions.setMode("comment");
  });
  input.addEventListener("input", () => actions.comment(input.value, gesture));
  input.addEventListener("blur", () => store.view().mode === "comment" && actions.home());
  store.observe(() => {
    const object = store.selected();
    row.hidden = !object || (!object.comment && store.view().mode !== "comment");
    const text = object?.comment ?? "";
    if (input.value !== text) input.value = text;
  });

  return {
    open() {
      if (!store.selected()) return;
      row.hidden = false;
      input.focus();
    },
  };
}
