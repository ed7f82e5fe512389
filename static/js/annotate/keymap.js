/**
 * Keys to commands, without a DOM: digits by `event.code` (AZERTY needs no Shift), letters and signs by `event.key`.
 * Ctrl stands for Ctrl or Cmd.
 */

import { BINDINGS, GROUNDS, MODES } from "./bindings.js";
import { PRESETS } from "./presets.js";

const DIGIT = /^(?:Digit|Numpad)([0-9])$/;
const LETTER = /^Key([A-Z])$/;
const SIGNS = { BracketLeft: "[", BracketRight: "]", Comma: ",", Period: ".", Slash: "/" };

function baseOf(event) {
  const code = event.code ?? "";
  const digit = DIGIT.exec(code);
  // German and its neighbours write "/" with Shift+7, and nothing else searches with one key.
  if (event.key === "/") return "/";
  const padOff = code.startsWith("Numpad") && !/^[0-9]$/.test(event.key);
  if (digit && !padOff && !event.altGraph) return digit[1];
  if (event.key.length > 1) return event.key;
  const letter = LETTER.exec(code)?.[1].toLowerCase();
  // A Cyrillic or Greek layout has no "x" and no "[": the place of the key decides. So it does under Option on a Mac.
  const foreign = event.key.charCodeAt(0) > 127 && /\p{L}/u.test(event.key) && !/\p{Script=Latin}/u.test(event.key);
  const optioned = event.altKey && !event.altGraph && event.key.charCodeAt(0) > 127;
  if (foreign || optioned) return letter ?? SIGNS[code] ?? event.key.toLowerCase();
  return event.key.toLowerCase();
}

/** "Ctrl+Shift+z": one spelling per press. Shift is dropped for signs, since layouts differ in what needs it. */
export function chordOf(event) {
  const base = baseOf(event);
  const sign = base.length === 1 && !/[a-z0-9 ]/.test(base);
  const marks = [];
  if ((event.ctrlKey || event.metaKey) && !event.altGraph) marks.push("Ctrl");
  if (event.altKey && !event.altGraph) marks.push("Alt");
  if (event.shiftKey && !sign) marks.push("Shift");
  return [...marks, base].join("+");
}

/** ["Ctrl", "+"] of "Ctrl++": the marks, and the key last. */
export function partsOf(chord) {
  const [, marks, base] = /^((?:(?:Ctrl|Alt|Shift)\+)*)(.+)$/s.exec(chord);
  return [...marks.split("+").filter(Boolean), base];
}

/** A bare letter, digit or sign: what dictation and a resting hand press by accident (WCAG 2.1.4). */
export const isSingle = (chord) => /^(?:Shift\+)?\S$/u.test(chord);

function together(a, b) {
  if (a.scope === b.scope || a.scope === "global" || b.scope === "global") return true;
  return GROUNDS.some((scopes) => scopes.includes(a.scope) && scopes.includes(b.scope));
}

/** Two commands on one chord that would be heard at once: [{scope, chord, ids}]. Empty in a sound registry. */
export function clashes(bindings) {
  const found = [];
  const owners = new Map();
  for (const binding of bindings) {
    for (const chord of new Set(binding.keys)) {
      const others = owners.get(chord) ?? [];
      for (const other of others.filter((one) => together(one, binding))) {
        found.push({ scope: other.scope, chord, ids: [other.id, binding.id] });
      }
      owners.set(chord, [...others, binding]);
    }
  }
  return found;
}

/** The registry as a person has it. Single characters that are switched off stay only in the menu of skip reasons. */
export function bindingsOf({ preset = "default", overrides = {}, letters = true } = {}) {
  return BINDINGS.map((binding) => {
    const keys = overrides[binding.id] ?? PRESETS[preset][binding.id] ?? binding.keys;
    const kept = letters || binding.scope === "skip" ? keys : keys.filter((chord) => !isSingle(chord));
    return { ...binding, keys: kept };
  });
}

/**
 * @param {{preset?: string, overrides?: Object<string, string[]>, letters?: boolean}} own a person's own map: a preset,
 *   `overrides` by command on top of it; `letters: false` switches every single-character key off.
 * @throws {Error} on a clash; `keys.soundKeys` mends a stored map beforehand.
 */
export function createKeymap(own = {}) {
  const bindings = bindingsOf(own);
  const [clash] = clashes(bindings);
  if (clash) {
    throw new Error(`${clash.chord} means both ${clash.ids.join(" and ")}. Give one of them another key.`);
  }

  return {
    bindings,
    keysOf: (id) => bindings.find((binding) => binding.id === id)?.keys ?? [],
    /** The command of a press in a mode: {id, chord, hold} or null. */
    match(event, { mode, typing = false }) {
      const chord = chordOf(event);
      for (const scope of MODES[mode]) {
        const hit = bindings.find((binding) => binding.scope === scope && binding.keys.includes(chord));
        if (hit && (!typing || (hit.typing && !isSingle(chord)))) return { id: hit.id, chord, hold: Boolean(hit.hold) };
      }
      return null;
    },
  };
}

const FACES = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc", Delete: "Del",
  Backspace: "⌫", Enter: "↵", PageUp: "PgUp", PageDown: "PgDn",
};

/** How a chord is written on a key cap. */
export function faceOf(chord) {
  return partsOf(chord).map((name) => FACES[name] ?? (name.length === 1 ? name.toUpperCase() : name)).join(" ");
}
