/** The key sheet: made from the registry, searchable, and the place where a person changes a key. */

import { h } from "../lib/dom.js";
import { chordOf, createKeymap, faceOf } from "./keymap.js";

const STORED = "looktag.keymap";
const GROUPS = ["decide", "move", "box", "scene", "view", "field"];

export function loadOwnKeys(storage) {
  return JSON.parse(storage.getItem(STORED) ?? "{}");
}

function facesOf({ id, keys }) {
  const digits = keys.filter((chord) => /\d$/.test(chord));
  if (digits.length > 2 && digits.length === keys.length) return [`${faceOf(keys[0])} – ${keys.at(-1).at(-1)}`];
  const arrows = keys.filter((chord) => /Arrow(?:Left|Right|Up|Down)$/.test(chord));
  if (arrows.length >= 4 && id !== "field_move") return [`${faceOf(keys[0]).replace("←", "").trim()} ←↑↓→`.trim()];
  return keys.map(faceOf);
}

/** @param {{dialog: HTMLDialogElement, storage: Storage, keymap: () => object, change: (keymap) => void, t}} parts */
export function createSheet({ dialog, storage, keymap, change, t }) {
  const query = dialog.querySelector("[data-part=sheet-search]");
  const body = dialog.querySelector("[data-part=sheet-body]");
  const letters = dialog.querySelector("[data-part=sheet-letters]");
  const reset = dialog.querySelector("[data-part=sheet-reset]");
  const note = dialog.querySelector("[data-part=sheet-note]");
  let own = loadOwnKeys(storage);
  let listening = null;

  function draw() {
    const wanted = query.value.trim().toLowerCase();
    const rows = keymap().bindings.map((binding) => ({ binding, label: t(`key_${binding.id}`), faces: facesOf(binding) }))
      .filter(({ label, faces }) => `${label} ${faces.join(" ")}`.toLowerCase().includes(wanted));
    body.replaceChildren(...GROUPS.map((group) => {
      const own = rows.filter(({ binding }) => binding.group === group);
      return own.length && h("section", {}, h("h3", { text: t(`group_${group}`) }), ...own.map(({ binding, label, faces }) =>
        h("button", { type: "button", class: "key-row", "data-binding": binding.id, disabled: binding.keys.length > 4,
          "aria-pressed": listening === binding.id ? "true" : "false" },
        h("span", { text: label }),
        h("span", { class: "key-caps" }, ...(listening === binding.id ? [t("press_a_key")] : faces)
          .map((face) => h("kbd", { text: face }))))));
    }).filter(Boolean));
    letters.checked = own.letters !== false;
  }

  function use(next) {
    try {
      change(createKeymap(next));
    } catch (error) {
      note.textContent = error.message;
      return;
    }
    own = next;
    storage.setItem(STORED, JSON.stringify(own));
    note.textContent = "";
  }

  function learn(event) {
    if (!listening || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const id = listening;
    listening = null;
    if (event.key !== "Escape") use({ ...own, overrides: { ...own.overrides, [id]: [chordOf(event)] } });
    draw();
  }

  dialog.addEventListener("keydown", learn, { capture: true });
  query.addEventListener("input", draw);
  letters.addEventListener("change", () => {
    use({ ...own, letters: letters.checked });
    draw();
  });
  reset.addEventListener("click", () => {
    use({});
    draw();
  });
  body.addEventListener("click", (event) => {
    listening = event.target.closest("[data-binding]")?.dataset.binding ?? null;
    draw();
    body.querySelector(`[data-binding="${listening}"]`)?.focus();
  });

  return {
    open() {
      listening = null;
      query.value = "";
      draw();
      dialog.showModal();
      query.focus();
    },
    close: () => dialog.close(),
  };
}

/** Writes the first key of each command on its button. */
export function labelKeys(root, keymap) {
  for (const cap of root.querySelectorAll("kbd[data-key]")) {
    const [chord] = keymap.keysOf(cap.dataset.key);
    cap.textContent = chord ? faceOf(chord) : "";
    cap.hidden = !chord;
  }
}
