/** What people do in a burst, where everything counts as right until it is struck. Changes of the store, like actions.js. */

import { asGiven, cellOf } from "./decisions.js";
import { homeOf, isBurst } from "./kinds.js";
import { inSight } from "./sight.js";

const UNANSWERED = { grade: null, product: null, picked: null, rejected: false };

/** @param {{say: Function, actions}} parts */
export function createStrikes(store, { say, actions }) {
  const apply = ({ uuid }, patch, mode) => store.apply({ update: [{ uuid, patch }], view: { mode, results: null, query: "" } });
  const home = () => homeOf(store.view());

  /** Strikes what is selected, or takes it as right again. A struck match opens its candidates. */
  function strike() {
    const object = store.selected();
    if (!object) return say("nothing_selected");
    const cell = cellOf(object);
    if (object.boxOnly) return apply(object, cell === "struck" ? asGiven(object) : { rejected: true }, home());
    if (cell === "accepted") return apply(object, UNANSWERED, "choose");
    return object.given.candidate ? apply(object, asGiven(object), home()) : open();
  }

  const open = () => store.apply({ view: { mode: "choose" } });

  return {
    strike, open,
    /** Where no product could be right: the box shows no object of the taxonomy. */
    notObject() {
      const object = store.selected();
      if (!object) return say("nothing_selected");
      if (object.boxOnly) return strike();
      return apply(object, object.rejected ? UNANSWERED : { ...UNANSWERED, rejected: true }, home());
    },
    /** A click takes the cell and strikes it; one that was answered already is opened, and closed by the next click. */
    click(uuid) {
      const again = uuid === store.view().selected && store.view().mode === "choose";
      if (uuid !== store.view().selected) actions.select(uuid);
      const object = store.get(uuid);
      if (object.boxOnly || again || cellOf(object) === "accepted") strike();
      else open();
    },
    /** `count` cells further, as far as there are any. */
    moveBy(count) {
      const objects = inSight(store.view(), store.objects());
      const from = objects.findIndex(({ uuid }) => uuid === store.view().selected);
      const target = objects[Math.min(Math.max(from + count, 0), objects.length - 1)];
      if (target) actions.select(target.uuid);
    },
    /** The next one that was struck and not answered, opened; false when there is none. */
    openMissing() {
      const [first] = actions.missing();
      if (!first || !isBurst(store.view().kind)) return false;
      actions.select(first.uuid);
      open();
      return true;
    },
  };
}
