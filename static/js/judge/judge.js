/** The judge's keys, and the active time that goes with a grade. The page is a form and works without. */

import { createActivity } from "../annotate/activity.js";
import { part } from "../lib/dom.js";

const form = part("judging");
const seconds = form.querySelector('[data-part="seconds"]');
const keys = new Map([...form.querySelectorAll("[data-key]")].map((button) => [button.dataset.key, button]));

// One question is one object: there is nothing to select.
const store = { observe: () => () => {}, view: () => ({ selected: null }) };
const activity = createActivity({ store, clock: { now: () => performance.now() } });
activity.start();

for (const sign of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  document.addEventListener(sign, () => activity.touch(), { passive: true });
}
document.addEventListener("visibilitychange", () => (document.hidden ? activity.pause() : activity.resume()));

document.addEventListener("keydown", (event) => {
  const button = keys.get(event.key.toLowerCase());
  if (!button || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  button.click();
});

let sent = false;
form.addEventListener("submit", (event) => {
  // A second key before the next page is there would grade the same question again.
  if (sent) return event.preventDefault();
  sent = true;
  if (seconds) seconds.value = String(activity.figures().seconds);
});
