/**
 * The registry: every key of the page, once. `scope` says where it lives, `keys` are chords as `keymap.chordOf`
 * spells them, `group` is its heading in the key sheet, `hold` wants the release too, `typing` works inside a field.
 * A label is the translated string `key_<id>`. A `family` is bound as a whole, by the marks before its nine digits or
 * four arrows; `far` adds the same arrows with Shift.
 */

export const digits = (low, high, prefix = "") =>
  Array.from({ length: high - low + 1 }, (_, i) => `${prefix}${low + i}`);
export const arrows = (prefix = "") => ["Left", "Right", "Up", "Down"].map((side) => `${prefix}Arrow${side}`);

export const BINDINGS = [
  { id: "confirm", scope: "scene", group: "decide", keys: ["Enter"] },
  { id: "confirm_similar", scope: "scene", group: "decide", keys: ["Shift+Enter"] },
  { id: "pick_exact", scope: "scene", group: "decide", keys: digits(1, 9), family: "digits" },
  { id: "pick_similar", scope: "scene", group: "decide", keys: digits(1, 9, "Shift+"), family: "digits" },
  { id: "pick_none", scope: "scene", group: "decide", keys: ["0"] },
  { id: "reject", scope: "scene", group: "decide", keys: ["x"] },
  { id: "reject_hidden", scope: "scene", group: "decide", keys: ["Shift+x"] },
  { id: "remove", scope: "scene", group: "decide", keys: ["Delete", "Backspace"] },
  { id: "category", scope: "scene", group: "decide", keys: ["c"] },
  { id: "search", scope: "scene", group: "decide", keys: ["/", "Ctrl+k"] },
  { id: "filter", scope: "scene", group: "decide", keys: ["p"] },
  { id: "comment", scope: "scene", group: "decide", keys: ["m"] },
  { id: "flag", scope: "scene", group: "decide", keys: ["q"] },
  { id: "submit_all", scope: "scene", group: "scene", keys: ["Ctrl+Enter"], typing: true },
  { id: "skip", scope: "scene", group: "scene", keys: ["s"] },
  { id: "undo", scope: "scene", group: "scene", keys: ["Ctrl+z"] },
  { id: "redo", scope: "scene", group: "scene", keys: ["Ctrl+Shift+z", "Ctrl+y"] },
  { id: "reopen", scope: "page", group: "scene", keys: ["u"] },
  { id: "history_back", scope: "page", group: "scene", keys: ["PageUp", "a"] },
  { id: "history_on", scope: "page", group: "scene", keys: ["PageDown", "d"] },
  { id: "next", scope: "scene", group: "move", keys: ["Tab", "j"] },
  { id: "previous", scope: "scene", group: "move", keys: ["Shift+Tab", "k"] },
  { id: "next_any", scope: "scene", group: "move", keys: ["."] },
  { id: "previous_any", scope: "scene", group: "move", keys: [","] },
  { id: "cycle", scope: "scene", group: "move", keys: ["o"] },
  { id: "highlight", scope: "browse", group: "move", keys: arrows(), family: "arrows" },
  { id: "page_back", scope: "scene", group: "move", keys: ["["] },
  { id: "page_on", scope: "scene", group: "move", keys: ["]"] },
  { id: "draw", scope: "scene", group: "box", keys: ["r", "b", "n", "w"] },
  { id: "edit", scope: "scene", group: "box", keys: ["e"] },
  { id: "nudge", scope: "edit", group: "box", keys: arrows(), family: "arrows" },
  { id: "nudge_far", scope: "edit", group: "box", keys: arrows("Shift+"), family: "arrows" },
  { id: "grow_end", scope: "edit", group: "box", keys: [...arrows("Ctrl+"), ...arrows("Ctrl+Shift+")], family: "arrows", far: true },
  { id: "grow_start", scope: "edit", group: "box", keys: [...arrows("Alt+"), ...arrows("Alt+Shift+")], family: "arrows", far: true },
  { id: "crosshair", scope: "draw", group: "box", keys: arrows(), family: "arrows" },
  { id: "crosshair_far", scope: "draw", group: "box", keys: [...arrows("Shift+"), ...arrows("Ctrl+")], family: "arrows" },
  { id: "corner", scope: "draw", group: "box", keys: ["Enter"] },
  { id: "zoom_in", scope: "canvas", group: "view", keys: ["+", "="] },
  { id: "zoom_out", scope: "canvas", group: "view", keys: ["-"] },
  { id: "fit", scope: "canvas", group: "view", keys: ["f"] },
  { id: "zoom_box", scope: "scene", group: "view", keys: ["z"] },
  { id: "space", scope: "canvas", group: "view", keys: [" "], hold: true },
  { id: "hide", scope: "canvas", group: "view", keys: ["h"], hold: true },
  { id: "hide_all", scope: "canvas", group: "view", keys: ["Shift+h"], hold: true },
  { id: "threshold", scope: "scene", group: "view", keys: ["t"] },
  { id: "order", scope: "scene", group: "view", keys: ["Shift+t"] },
  { id: "skip_reason", scope: "skip", group: "scene", keys: digits(1, 6), family: "digits" },
  { id: "field_move", scope: "field", group: "field", keys: ["ArrowUp", "ArrowDown"], typing: true },
  { id: "field_take", scope: "field", group: "field", keys: ["Enter"], typing: true },
  { id: "field_similar", scope: "search", group: "field", keys: ["Shift+Enter"], typing: true },
  { id: "line_done", scope: "line", group: "field", keys: ["Enter"], typing: true },
  { id: "cancel", scope: "global", group: "view", keys: ["Escape"], typing: true },
  { id: "sheet", scope: "global", group: "view", keys: ["?", "F1"] },
];

/** Heard together while nothing special is open; no two commands of these may share a chord. */
export const GROUND = ["browse", "scene", "page", "canvas", "global"];

/** What listens in each mode, nearest first: a nearer scope hides the same chord of a farther one on purpose. */
export const MODES = {
  browse: GROUND,
  compare: GROUND,
  edit: ["edit", "scene", "page", "canvas", "global"],
  draw: ["draw", "canvas", "global"],
  search: ["search", "field", "scene", "global"],
  category: ["field", "scene", "global"],
  comment: ["line", "scene", "global"],
  filter: ["line", "scene", "global"],
  skip: ["skip", "global"],
  sheet: ["global"],
  dialog: [],
  idle: ["page", "global"],
};
