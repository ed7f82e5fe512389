/** The keys of the owner's queue: the same spelling, and where the work is the same the same keys, as on the annotators' page. Pure. */

import { arrows, digits } from "../annotate/bindings.js";
import { chordOf, isSingle } from "../annotate/keymap.js";

/** `scope` is where a key is heard, `group` its heading in the list of keys; its label is the text `key_<id>`. */
export const BINDINGS = [
  { id: "approve", scope: "grid", group: "rule", keys: ["Enter", "a"] },
  { id: "hide", scope: "grid", group: "rule", keys: ["x", "h", "Delete"] },
  { id: "wrong", scope: "grid", group: "rule", keys: ["w", "Shift+Delete"] },
  { id: "pick", scope: "grid", group: "rule", keys: digits(1, 9) },
  { id: "search", scope: "grid", group: "rule", keys: ["/", "c", "Ctrl+k"] },
  { id: "reason", scope: "grid", group: "rule", keys: ["m"] },
  { id: "undo", scope: "grid", group: "rule", keys: ["Ctrl+z", "u"] },
  { id: "approve_page", scope: "grid", group: "many", keys: ["Ctrl+Enter"] },
  { id: "hide_page", scope: "grid", group: "many", keys: ["Ctrl+Shift+x"] },
  { id: "approve_product", scope: "grid", group: "many", keys: ["Shift+a", "Ctrl+Shift+Enter"] },
  { id: "hide_product", scope: "grid", group: "many", keys: ["Shift+h"] },
  { id: "only_product", scope: "grid", group: "many", keys: ["p"] },
  { id: "move", scope: "grid", group: "move", keys: arrows() },
  { id: "first", scope: "grid", group: "move", keys: ["Home"] },
  { id: "last", scope: "grid", group: "move", keys: ["End"] },
  { id: "next_open", scope: "grid", group: "move", keys: ["j", "."] },
  { id: "previous_open", scope: "grid", group: "move", keys: ["k", ","] },
  { id: "page_on", scope: "grid", group: "move", keys: ["PageDown", "d"] },
  { id: "page_back", scope: "grid", group: "move", keys: ["PageUp"] },
  { id: "look", scope: "grid", group: "move", keys: [" "] },
  { id: "field_move", scope: "search", group: "field", keys: ["ArrowUp", "ArrowDown"] },
  { id: "field_take", scope: "search", group: "field", keys: ["Enter"] },
  { id: "line_done", scope: "reason", group: "field", keys: ["Enter"] },
  { id: "cancel", scope: "global", group: "field", keys: ["Escape"] },
  { id: "keys", scope: "global", group: "field", keys: ["?", "F1"] },
];

/** What listens in each mode, nearest first. */
const MODES = { grid: ["grid", "global"], search: ["search", "global"], reason: ["reason", "global"], dialog: [] };

/** @param {{letters?: boolean}} own false leaves out every key of a single character (WCAG 2.1.4) */
export function createKeymap({ letters = true } = {}) {
  const bindings = BINDINGS.map((one) => ({ ...one, keys: letters ? one.keys : one.keys.filter((key) => !isSingle(key)) }));
  return {
    bindings,
    keysOf: (id) => bindings.find((binding) => binding.id === id)?.keys ?? [],
    /** The command of a press in a mode: {id, chord} or null. While somebody types, no single character is a key. */
    match(event, { mode, typing = false }) {
      const chord = chordOf(event);
      if (typing && isSingle(chord)) return null;
      for (const scope of MODES[mode]) {
        const hit = bindings.find((binding) => binding.scope === scope && binding.keys.includes(chord));
        if (hit) return { id: hit.id, chord };
      }
      return null;
    },
  };
}
