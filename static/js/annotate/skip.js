/** Skipping asks for a reason: a small menu under the button, digits 1 to 6. */

import { h } from "../lib/dom.js";

export const REASONS = ["not_my_category", "bad_image", "unsafe", "unsure", "duplicate", "other"];

export function createSkipMenu({ menu, button, store, actions, send, t }) {
  menu.replaceChildren(...REASONS.map((reason, index) => h("button", {
    type: "button", role: "menuitem", class: "menu-item", "data-reason": reason, "data-testid": `skip-${reason}`,
  }, h("span", { text: t(`skip_${reason}`) }), h("kbd", { "data-key": "skip_reason", "data-nth": index }))));

  function choose(index) {
    actions.home();
    send(REASONS[index]);
  }

  menu.addEventListener("click", (event) => {
    const reason = event.target.closest("[data-reason]")?.dataset.reason;
    if (reason) choose(REASONS.indexOf(reason));
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !button.contains(event.target)) actions.home();
  });
  store.observe(() => {
    const open = store.view().mode === "skip";
    if (menu.hidden === !open) return;
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.firstElementChild.focus();
  });

  return { choose, open: () => store.view().kind && (store.view().mode === "skip" ? actions.home() : actions.setMode("skip")) };
}
