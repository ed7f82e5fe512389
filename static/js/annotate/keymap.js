/**
 * Keys to commands, without a DOM: digits by `event.code` (AZERTY needs no Shift), letters and signs by `event.key`.
 * Ctrl stands for Ctrl or Cmd.
 */

import { BINDINGS, MODES } from "./bindings.js";

const DIGIT = /^(?:Digit|Numpad)([0-9])$/;

function baseOf(event) {
  const digit = DIGIT.exec(event.code ?? "");
  const padOff = event.code?.startsWith("Numpad") && !/^[0-9]$/.test(event.key);
  if (digit && !padOff && !event.altGraph) return digit[1];
  if (event.key.length > 1) return event.key;
  const letter = /^Key([A-Z])$/.exec(event.code ?? "");
  // A Cyrillic or Greek layout has no "x": the place of the key decides.
  if (letter && event.key.charCodeAt(0) > 127) return letter[1].toLowerCase();
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

/** Two commands of one scope on one chord: [{scope, chord, ids}]. Empty in a sound registry. */
export function clashes(bindings) {
  const owners = new Map();
  for (const { id, scope, keys } of bindings) {
    for (const chord of keys) {
      const place = `${scope} ${chord}`;
      owners.set(place, [...(owners.get(place) ?? []), id]);
    }
  }
  return [...owners].filter(([, ids]) => ids.length > 1).map(([place, ids]) => {
    const [scope, ...chord] = place.split(" ");
    return { scope, chord: chord.join(" "), ids };
  });
}

const single = (chord) => /^(?:Shift\+)?[^\d\s]$/.test(chord);

/**
 * @param {{overrides?: Object<string, string[]>, letters?: boolean}} own a person's own map: `overrides` by command,
 *   `letters: false` switches every single-character key off (WCAG 2.1.4).
 */
export function createKeymap({ overrides = {}, letters = true } = {}) {
  const bindings = BINDINGS.map((binding) => {
    const keys = overrides[binding.id] ?? binding.keys;
    return { ...binding, keys: letters ? keys : keys.filter((chord) => !single(chord)) };
  });
  const found = clashes(bindings);
  if (found.length) {
    const { scope, chord, ids } = found[0];
    throw new Error(`${chord} means both ${ids.join(" and ")} in ${scope}. Give one of them another key.`);
  }

  return {
    bindings,
    keysOf: (id) => bindings.find((binding) => binding.id === id)?.keys ?? [],
    /** The command of a press in a mode: {id, chord, hold} or null. */
    match(event, { mode, typing = false }) {
      const chord = chordOf(event);
      for (const scope of MODES[mode]) {
        const hit = bindings.find((binding) => binding.scope === scope && binding.keys.includes(chord));
        if (hit && (!typing || hit.typing)) return { id: hit.id, chord, hold: Boolean(hit.hold) };
      }
      return null;
    },
  };
}

const FACES = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc", Delete: "Del",
  Backspace: "⌫", Enter: "↵",
};

/** How a chord is written on a key cap. */
export function faceOf(chord) {
  const plus = chord.endsWith("+") && chord.length > 1 ? chord.slice(0, -1) : chord;
  const parts = chord === "+" ? ["+"] : plus.split("+").filter(Boolean);
  return parts.map((name) => FACES[name] ?? (name.length === 1 ? name.toUpperCase() : name)).join(" ");
}
