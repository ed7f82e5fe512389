/** The threshold that hides the unsure, how many it hides, and the order of the walk. */

import { hiddenOnes } from "./sight.js";

/** @param {{slider, value, orders, hidden, reject, store, actions, t}} parts */
export function createSightBar({ slider, value, orders, hidden, reject, store, actions, t }) {
  slider.addEventListener("input", () => actions.setThreshold(Number(slider.value) / 100));

  store.observe(() => {
    const view = store.view();
    const n = view.scene ? hiddenOnes(view, store.objects()).length : 0;
    slider.value = Math.round((view.threshold ?? 0) * 100);
    value.textContent = t("percent", { n: slider.value });
    for (const order of orders) order.setAttribute("aria-pressed", String(view.order === "uncertain"));
    hidden.textContent = n ? t("hidden", { n }) : "";
    reject.hidden = !n;
  });

  return { open: () => slider.focus() };
}
