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
  { id: "confirm", scope: "choose", group: "decide", keys: ["Enter"] },
  { id: "confirm_similar", scope: "choose", group: "decide", keys: ["Shift+Enter"] },
  { id: "pick_exact", scope: "pick", group: "decide", keys: digits(1, 9), family: "digits" },
  { id: "pick_similar", scope: "pick", group: "decide", keys: digits(1, 9, "Shift+"), family: "digits" },
  { id: "pick_none", scope: "pick", group: "decide", keys: ["0"] },
  { id: "reject", scope: "scene", group: "decide", keys: ["x"] },
  { id: "reject_hidden", scope: "scene", group: "decide", keys: ["Shift+x"] },
  { id: "remove", scope: "scene", group: "decide", keys: ["Delete", "Backspace"] },
  { id: "category", scope: "work", group: "decide", keys: ["c"] },
  { id: "search", scope: "pick", group: "decide", keys: ["/", "Ctrl+k"] },
  { id: "filter", scope: "pick", group: "decide", keys: ["p"] },
  { id: "comment", scope: "work", group: "decide", keys: ["m"] },
  { id: "flag", scope: "work", group: "decide", keys: ["q"] },
  { id: "submit_all", scope: "work", group: "scene", keys: ["Ctrl+Enter"], typing: true },
  { id: "skip", scope: "work", group: "scene", keys: ["s"] },
  { id: "undo", scope: "work", group: "scene", keys: ["Ctrl+z"] },
  { id: "redo", scope: "work", group: "scene", keys: ["Ctrl+Shift+z", "Ctrl+y"] },
  { id: "reopen", scope: "page", group: "scene", keys: ["u"] },
  { id: "history_back", scope: "page", group: "scene", keys: ["PageUp", "a"] },
  { id: "history_on", scope: "page", group: "scene", keys: ["PageDown", "d"] },
  { id: "next", scope: "work", group: "move", keys: ["Tab", "j"] },
  { id: "previous", scope: "work", group: "move", keys: ["Shift+Tab", "k"] },
  { id: "next_any", scope: "work", group: "move", keys: ["."] },
  { id: "previous_any", scope: "work", group: "move", keys: [","] },
  { id: "cycle", scope: "scene", group: "move", keys: ["o"] },
  { id: "highlight", scope: "browse", group: "move", keys: arrows(), family: "arrows" },
  { id: "page_back", scope: "pick", group: "move", keys: ["["] },
  { id: "page_on", scope: "pick", group: "move", keys: ["]"] },
  { id: "draw", scope: "scene", group: "box", keys: ["r", "b", "n", "w"] },
  { id: "edit", scope: "scene", group: "box", keys: ["e"] },
  { id: "nudge", scope: "edit", group: "box", keys: arrows(), family: "arrows" },
  { id: "nudge_far", scope: "edit", group: "box", keys: arrows("Shift+"), family: "arrows" },
  { id: "grow_end", scope: "edit", group: "box", keys: [...arrows("Ctrl+"), ...arrows("Ctrl+Shift+")], family: "arrows", far: true },
  { id: "grow_start", scope: "edit", group: "box", keys: [...arrows("Alt+"), ...arrows("Alt+Shift+")], family: "arrows", far: true },
  { id: "crosshair", scope: "draw", group: "box", keys: arrows(), family: "arrows" },
  { id: "crosshair_far", scope: "draw", group: "box", keys: [...arrows("Shift+"), ...arrows("Ctrl+")], family: "arrows" },
  { id: "corner", scope: "draw", group: "box", keys: ["Enter"] },
  { id: "strike", scope: "burst", group: "burst", keys: ["x", "Delete", "Backspace"] },
  { id: "not_object", scope: "burst", group: "burst", keys: ["Shift+x", "Shift+Delete"] },
  { id: "quick_category", scope: "sort", group: "burst", keys: digits(1, 9), family: "digits" },
  { id: "grid_move", scope: "grid", group: "burst", keys: arrows(), family: "arrows" },
  { id: "grid_first", scope: "grid", group: "burst", keys: ["Home"] },
  { id: "grid_last", scope: "grid", group: "burst", keys: ["End"] },
  { id: "grid_send", scope: "grid", group: "burst", keys: ["Enter"] },
  { id: "look", scope: "grid", group: "burst", keys: [" "] },
  { id: "zoom_in", scope: "canvas", group: "view", keys: ["+", "="] },
  { id: "zoom_out", scope: "canvas", group: "view", keys: ["-"] },
  { id: "fit", scope: "canvas", group: "view", keys: ["f"] },
  { id: "zoom_box", scope: "scene", group: "view", keys: ["z"] },
  { id: "space", scope: "canvas", group: "view", keys: [" "], hold: true },
  { id: "hide", scope: "canvas", group: "view", keys: ["h"], hold: true },
  { id: "hide_all", scope: "canvas", group: "view", keys: ["Shift+h"], hold: true },
  { id: "threshold", scope: "scene", group: "view", keys: ["t"] },
  { id: "order", scope: "work", group: "view", keys: ["Shift+t"] },
  { id: "skip_reason", scope: "skip", group: "scene", keys: digits(1, 6), family: "digits" },
  { id: "field_move", scope: "field", group: "field", keys: ["ArrowUp", "ArrowDown"], typing: true },
  { id: "field_take", scope: "field", group: "field", keys: ["Enter"], typing: true },
  { id: "field_similar", scope: "search", group: "field", keys: ["Shift+Enter"], typing: true },
  { id: "line_done", scope: "line", group: "field", keys: ["Enter"], typing: true },
  { id: "cancel", scope: "global", group: "view", keys: ["Escape"], typing: true },
  { id: "sheet", scope: "global", group: "view", keys: ["?", "F1"] },
];

const STAGE = ["scene", "work", "page", "canvas", "global"];
const PAGE = ["burst", "work", "page", "global"];

/** What listens in each mode, nearest first. */
export const MODES = {
  browse: ["browse", "choose", "pick", ...STAGE],
  compare: ["browse", "choose", "pick", ...STAGE],
  edit: ["edit", "choose", "pick", ...STAGE],
  draw: ["draw", "canvas", "global"],
  grid: ["grid", "pick", ...PAGE],
  sort: ["grid", "sort", ...PAGE],
  choose: ["browse", "choose", "pick", ...PAGE],
  search: ["search", "field", "work", "global"],
  category: ["field", "work", "global"],
  comment: ["line", "work", "global"],
  filter: ["line", "work", "global"],
  skip: ["skip", "global"],
  sheet: ["global"],
  dialog: [],
  idle: ["page", "global"],
};

/**
 * The modes in which nothing special is open: no two commands heard in one of these may share a chord. In the others a
 * nearer scope hides the same chord of a farther one on purpose.
 */
export const GROUNDS = [MODES.browse, MODES.grid, MODES.sort, MODES.choose];
