/**
 * The registry: every key of the page, once. `scope` says where it lives, `keys` are chords as `keymap.chordOf`
 * spells them, `group` is its heading in the key sheet, `hold` wants the release too, `typing` works inside a field.
 * A label is the translated string `key_<id>`.
 */

const digits = (low, high, prefix = "") => Array.from({ length: high - low + 1 }, (_, i) => `${prefix}${low + i}`);
const arrows = (prefix = "") => ["Left", "Right", "Up", "Down"].map((side) => `${prefix}Arrow${side}`);

export const BINDINGS = [
  { id: "confirm", scope: "scene", group: "decide", keys: ["Enter"] },
  { id: "pick_exact", scope: "scene", group: "decide", keys: digits(1, 9) },
  { id: "pick_similar", scope: "scene", group: "decide", keys: digits(1, 9, "Shift+") },
  { id: "pick_none", scope: "scene", group: "decide", keys: ["0"] },
  { id: "reject", scope: "scene", group: "decide", keys: ["x"] },
  { id: "remove", scope: "scene", group: "decide", keys: ["Delete", "Backspace"] },
  { id: "category", scope: "scene", group: "decide", keys: ["c"] },
  { id: "search", scope: "scene", group: "decide", keys: ["/", "Ctrl+k"] },
  { id: "submit_all", scope: "scene", group: "scene", keys: ["Ctrl+Enter"], typing: true },
  { id: "skip", scope: "scene", group: "scene", keys: ["s"] },
  { id: "undo", scope: "scene", group: "scene", keys: ["Ctrl+z"] },
  { id: "redo", scope: "scene", group: "scene", keys: ["Ctrl+Shift+z", "Ctrl+y"] },
  { id: "next", scope: "scene", group: "move", keys: ["Tab", "j"] },
  { id: "previous", scope: "scene", group: "move", keys: ["Shift+Tab", "k"] },
  { id: "highlight", scope: "browse", group: "move", keys: arrows() },
  { id: "page_back", scope: "scene", group: "move", keys: ["["] },
  { id: "page_on", scope: "scene", group: "move", keys: ["]"] },
  { id: "draw", scope: "scene", group: "box", keys: ["r", "b", "n", "w"] },
  { id: "edit", scope: "scene", group: "box", keys: ["e"] },
  { id: "nudge", scope: "edit", group: "box", keys: arrows() },
  { id: "nudge_far", scope: "edit", group: "box", keys: arrows("Shift+") },
  { id: "grow_end", scope: "edit", group: "box", keys: [...arrows("Ctrl+"), ...arrows("Ctrl+Shift+")] },
  { id: "grow_start", scope: "edit", group: "box", keys: [...arrows("Alt+"), ...arrows("Alt+Shift+")] },
  { id: "crosshair", scope: "draw", group: "box", keys: arrows() },
  { id: "crosshair_far", scope: "draw", group: "box", keys: [...arrows("Shift+"), ...arrows("Ctrl+")] },
  { id: "corner", scope: "draw", group: "box", keys: ["Enter"] },
  { id: "zoom_in", scope: "canvas", group: "view", keys: ["+", "="] },
  { id: "zoom_out", scope: "canvas", group: "view", keys: ["-"] },
  { id: "fit", scope: "canvas", group: "view", keys: ["f"] },
  { id: "zoom_box", scope: "scene", group: "view", keys: ["z"] },
  { id: "space", scope: "canvas", group: "view", keys: [" "], hold: true },
  { id: "hide", scope: "canvas", group: "view", keys: ["h"], hold: true },
  { id: "hide_all", scope: "canvas", group: "view", keys: ["Shift+h"], hold: true },
  { id: "skip_reason", scope: "skip", group: "scene", keys: digits(1, 6) },
  { id: "field_move", scope: "field", group: "field", keys: ["ArrowUp", "ArrowDown"], typing: true },
  { id: "field_take", scope: "field", group: "field", keys: ["Enter"], typing: true },
  { id: "field_similar", scope: "search", group: "field", keys: ["Shift+Enter"], typing: true },
  { id: "cancel", scope: "global", group: "view", keys: ["Escape"], typing: true },
  { id: "sheet", scope: "global", group: "view", keys: ["?", "F1"] },
];

/** What listens in each mode, nearest first: a nearer scope hides the same chord of a farther one on purpose. */
export const MODES = {
  browse: ["browse", "scene", "canvas", "global"],
  compare: ["browse", "scene", "canvas", "global"],
  edit: ["edit", "scene", "canvas", "global"],
  draw: ["draw", "canvas", "global"],
  search: ["search", "field", "scene", "global"],
  category: ["field", "scene", "global"],
  skip: ["skip", "global"],
  sheet: ["global"],
  idle: ["global"],
};
