/** Keys that people bring along in their fingers, as what differs from the registry. The sources are the peers' own keymaps. */

import { digits } from "./bindings.js";

export const PRESETS = {
  default: {},
  label_studio: {
    submit_all: ["Ctrl+Enter"],
    skip: ["Ctrl+ ", "s"],
    history_back: ["Ctrl+ArrowLeft", "PageUp"],
    history_on: ["Ctrl+ArrowRight", "PageDown"],
    next_any: ["Alt+.", "."],
    previous_any: ["Alt+,", ","],
    remove: ["Backspace", "Delete"],
    zoom_in: ["Ctrl++", "Ctrl+=", "+", "="],
    zoom_out: ["Ctrl+-", "-"],
    fit: ["Shift+1", "f"],
    pick_similar: digits(1, 9, "Alt+"),
    draw: ["r"],
    hide: ["Alt+h"],
    hide_all: ["Ctrl+h"],
    cancel: ["Escape", "u", "v"],
    reopen: ["Alt+u"],
  },
  cvat: {
    submit_all: ["Ctrl+s", "Ctrl+Enter"],
    history_back: ["d", "PageUp"],
    history_on: ["f", "PageDown"],
    draw: ["n"],
    remove: ["Delete"],
    fit: ["Home"],
    category: ["c", "Ctrl+e"],
    sheet: ["F1", "?"],
  },
};
