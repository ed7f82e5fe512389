/** Giving a command another key: what a press would mean, and whom it would rob. Pure. */

import { arrows, BINDINGS, digits } from "./bindings.js";
import { bindingsOf, clashes, partsOf } from "./keymap.js";

/** Chords that browsers keep to themselves, whatever a page says. */
const RESERVED = /^(?:Ctrl\+(?:Shift\+)?[wtn]|Ctrl\+Tab|Ctrl\+Shift\+Tab|Alt\+F4|Alt\+Tab)$/;

/** The chords of a command when `chord` is pressed for it, or what is needed instead: "digit", "arrow" or "reserved". */
function chordsFor({ family, far, keys }, chord) {
  if (RESERVED.test(chord)) return { need: "reserved" };
  if (!family) return { chords: [chord] };
  const base = partsOf(chord).at(-1);
  const prefix = chord.slice(0, chord.length - base.length);
  if (family === "digits") {
    return /^\d$/.test(base) ? { chords: digits(1, keys.length, prefix) } : { need: "digit" };
  }
  if (!/^Arrow(?:Left|Right|Up|Down)$/.test(base)) return { need: "arrow" };
  return { chords: far && !prefix.includes("Shift+") ? [...arrows(prefix), ...arrows(`${prefix}Shift+`)] : arrows(prefix) };
}

const withKeys = (own, id, keys) => ({ ...own, overrides: { ...own.overrides, [id]: keys } });

/**
 * What pressing `chord` for the command `id` comes to: {own} when it is free, {own, robbed: [ids]} when others have it
 * (the own map given then takes it from them), {need} when it cannot be.
 */
export function rebind(own, id, chord) {
  const { chords, need } = chordsFor(BINDINGS.find((binding) => binding.id === id), chord);
  if (need) return { need };
  let next = withKeys(own, id, chords);
  const all = bindingsOf(next);
  const robbed = [...new Set(clashes(all).filter(({ ids }) => ids.includes(id)).flatMap(({ ids }) => ids))]
    .filter((other) => other !== id);
  if (!robbed.length) return { own: next };
  for (const other of robbed) {
    const { keys } = all.find((binding) => binding.id === other);
    next = withKeys(next, other, keys.filter((each) => !chords.includes(each)));
  }
  return { own: next, robbed };
}

/** The command as its preset has it again; null when that key belongs to another command by now. */
export function unbind(own, id) {
  const { [id]: gone, ...overrides } = own.overrides ?? {};
  const next = { ...own, overrides };
  return gone && clashes(bindingsOf(next)).length === 0 ? next : null;
}
