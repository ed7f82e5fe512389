/** Progress, the save light, and the words above the strip that say what is selected. */

import { isDrawn, isUndecided, stateOf } from "./decisions.js";

export function createHeader({ parts, store, undo, nameOf, t }) {
  function draw() {
    const objects = store.objects();
    const object = store.selected();
    const decided = objects.filter((one) => !isUndecided(one)).length;
    parts.progress.max = Math.max(objects.length, 1);
    parts.progress.value = decided;
    parts.progressText.textContent = t("progress", { done: decided, total: objects.length });
    parts.undo.disabled = !undo.canUndo();
    parts.redo.disabled = !undo.canRedo();
    parts.submit.disabled = parts.skip.disabled = !store.view().scene;
    parts.submit.dataset.ready = Boolean(objects.length) && decided === objects.length;
    parts.reject.disabled = !object || isDrawn(object);
    parts.remove.hidden = !object || !isDrawn(object);
    parts.reject.hidden = !parts.remove.hidden;
    parts.none.disabled = !object;
    parts.reject.setAttribute("aria-pressed", String(Boolean(object?.rejected)));
    parts.none.setAttribute("aria-pressed", String(object?.grade === "none"));
    parts.draw.setAttribute("aria-pressed", String(store.view().mode === "draw"));
    parts.flag.disabled = parts.comment.disabled = !object;
    parts.flag.setAttribute("aria-pressed", String(Boolean(object?.flagged)));
    parts.comment.setAttribute("aria-pressed", String(Boolean(object?.comment)));
    parts.edit.setAttribute("aria-pressed", String(store.view().mode === "edit"));
    parts.modeHint.textContent = ["draw", "edit"].includes(store.view().mode) ? t(`hint_${store.view().mode}`) : "";
    parts.modeHint.hidden = !parts.modeHint.textContent;
    if (!object) {
      parts.heading.textContent = t("nothing_selected");
      parts.state.hidden = true;
      return;
    }
    const state = stateOf(object);
    parts.heading.textContent = t("heading", { n: objects.indexOf(object) + 1, category: nameOf(object.category) });
    parts.state.hidden = false;
    parts.state.dataset.state = state;
    parts.state.textContent = t(`state_${state}`);
    parts.score.textContent = object.score === null ? t("drawn_by_you") : t("sure", { n: Math.round(object.score * 100) });
  }

  return {
    draw,
    destroy: store.observe(draw),
    light({ state, waiting }) {
      parts.light.dataset.state = state;
      parts.light.disabled = state !== "signed_out";
      parts.lightText.textContent = t(`light_${state}`, { n: waiting });
    },
    scene({ scene }) {
      parts.title.textContent = scene.title || scene.external_id;
      parts.description.textContent = [scene.domain, scene.description].filter(Boolean).join(" · ");
    },
    done(n, { seconds, streak }) {
      parts.done.textContent = n ? t("scenes_done", { n }) : "";
      const pace = seconds === null ? "" : t("pace", { n: seconds.toFixed(1) });
      parts.pace.textContent = [pace, streak > 1 && t("streak", { n: streak })].filter(Boolean).join(" · ");
    },
  };
}
