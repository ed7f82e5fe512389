/** Listens to the whole page, so keys work wherever the last click went, and keeps Space's two meanings apart. */

const TAP_MS = 250;

function isTyping(target) {
  const field = target.matches?.("input, textarea, select") && !/^(?:checkbox|radio|button|range)$/.test(target.type);
  return target.isContentEditable || field;
}

/** A focused button or link answers to Enter and Space by itself, a slider to the arrows. */
function answersItself(target, key) {
  if (target.type === "range") return /^(?:Arrow|Home$|End$|Page)/.test(key);
  return Boolean(target.closest?.("button, a[href], summary")) && (key === "Enter" || key === " ");
}

/**
 * @param {{keymap: () => object, mode: () => string, run: (match, phase: "down"|"up") => boolean|void, clock}} parts
 *   `run` returns false to let the browser have the key after all.
 */
export function createKeyboard({ keymap, mode, run, clock }) {
  const held = new Map();
  let spaceAt = 0;
  let used = false;

  function down(event) {
    if (event.isComposing) return;
    // A held Enter would confirm one box after the other unseen, and then press Submit.
    if (event.repeat && event.key === "Enter") return void event.preventDefault();
    const press = {
      key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey,
      shiftKey: event.shiftKey, altGraph: event.getModifierState?.("AltGraph") ?? false,
    };
    const match = keymap().match(press, { mode: mode(), typing: isTyping(event.target) });
    if (!match || (answersItself(event.target, event.key) && !match.chord.includes("+"))) return;
    if (match.hold && held.has(event.code)) return void event.preventDefault();
    if (match.hold) held.set(event.code, match);
    if (match.id === "space") {
      spaceAt = clock.now();
      used = false;
    }
    if (run({ ...match, target: event.target }, "down") !== false) event.preventDefault();
  }

  function up(event) {
    const match = held.get(event.code);
    if (!match) return;
    held.delete(event.code);
    const tapped = match.id === "space" && !used && clock.now() - spaceAt < TAP_MS;
    run({ ...match, tapped }, "up");
    event.preventDefault();
  }

  function lost() {
    for (const match of held.values()) run({ ...match, tapped: false }, "up");
    held.clear();
  }

  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  window.addEventListener("blur", lost);
  return {
    holdsSpace: () => [...held.values()].some(({ id }) => id === "space"),
    panned: () => {
      used = true;
    },
    destroy() {
      document.removeEventListener("keydown", down);
      document.removeEventListener("keyup", up);
      window.removeEventListener("blur", lost);
    },
  };
}
