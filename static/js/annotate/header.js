/** Progress, the save light, and the words above the strip that say what is selected. */

import { cellOf, isDrawn, isUndecided, stateOf } from "./decisions.js";
import { isBurst } from "./kinds.js";

/** The colour of a cell's state, among those of a scene's. */
const TONES = { accepted: "confirmed", struck: "rejected", changed: "adjusted", none: "adjusted", rejected: "rejected" };

export function createHeader({ parts, store, undo, nameOf, t }) {
  function progressOf(kind, objects, decided) {
    if (isBurst(kind)) {
      const right = objects.filter((one) => cellOf(one) === "accepted").length;
      return t("burst_progress", { right, other: objects.length - right });
    }
    if (kind === "coverage") return t("coverage_progress", { n: objects.length });
    return t("progress", { done: decided, total: objects.length });
  }

  function draw() {
    const { kind } = store.view();
    const objects = store.objects();
    const object = store.selected();
    const decided = objects.filter((one) => !isUndecided(one)).length;
    parts.progress.max = Math.max(objects.length, 1);
    parts.progress.value = decided;
    parts.progressText.textContent = progressOf(kind, objects, decided);
    parts.undo.disabled = !undo.canUndo();
    parts.redo.disabled = !undo.canRedo();
    parts.submit.disabled = parts.skip.disabled = !kind;
    parts.submit.dataset.ready = (kind === "coverage" || objects.length > 0) && decided === objects.length;
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
    parts.strike.setAttribute("aria-pressed", String(Boolean(object && kind && isBurst(kind) && cellOf(object) === "struck")));
    if (!object) {
      parts.heading.textContent = t(kind === "coverage" ? "coverage_heading" : "nothing_selected");
      parts.score.textContent = "";
      parts.state.hidden = true;
      return;
    }
    const cell = isBurst(kind) ? cellOf(object) : null;
    const state = cell ? TONES[cell] : stateOf(object);
    const n = objects.indexOf(object) + 1;
    parts.heading.textContent = cell ? t("heading_cell", { n, total: objects.length })
      : t("heading", { n, category: nameOf(object.category) });
    parts.state.hidden = false;
    parts.state.dataset.state = state;
    parts.state.textContent = t(cell ? `cell_${cell}` : `state_${state}`);
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
    work({ kind, category, scene }) {
      parts.ask.textContent = isBurst(kind) ? t(`ask_${kind}`, { category: nameOf(category) }) : "";
      parts.title.textContent = scene ? scene.title || scene.external_id : "";
      parts.description.textContent = scene ? [scene.domain, scene.description].filter(Boolean).join(" · ") : "";
    },
    done(n, { seconds, streak }) {
      parts.done.textContent = n ? t("scenes_done", { n }) : "";
      const pace = seconds === null ? "" : t("pace", { n: seconds.toFixed(1) });
      parts.pace.textContent = [pace, streak > 1 && t("streak", { n: streak })].filter(Boolean).join(" · ");
    },
  };
}
