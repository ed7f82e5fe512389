/** One line that a screen reader hears, and notices that stay until they are answered. */

import { h } from "../lib/dom.js";

export function createNotices({ status, notices, clock }) {
  let timer = null;
  return {
    say(text) {
      status.textContent = text;
      status.dataset.shown = true;
      clock.cancel(timer);
      timer = clock.later(() => {
        status.dataset.shown = false;
      }, 4000);
    },
    /** @param {{id: string, text: string, level?: string, choices: {label: string, act: Function}[]}} notice */
    ask({ id, text, level = "warning", choices }) {
      const close = () => notices.querySelector(`[data-notice="${id}"]`)?.remove();
      close();
      const buttons = choices.map(({ label, act }) => h("button", {
        type: "button", class: "button button-small", text: label,
        onclick() {
          close();
          act();
        },
      }));
      notices.append(h("div", { class: "notice", "data-level": level, "data-notice": id, role: "alert" },
        h("p", { text }), h("div", { class: "notice-actions" }, ...buttons)));
      return close;
    },
  };
}
