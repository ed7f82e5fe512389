/** The key sheet: made from the registry, searchable, and the place where a person changes keys. */

import { h } from "../lib/dom.js";
import { chordOf, createKeymap, faceOf } from "./keymap.js";
import { exportKeys, importKeys } from "./keys.js";
import { PRESETS } from "./presets.js";
import { rebind, unbind } from "./remap.js";

const GROUPS = ["decide", "burst", "move", "box", "scene", "view", "field"];

function facesOf({ family, keys }) {
  if (!keys.length) return [];
  if (family === "digits") return [`${faceOf(keys[0])} – ${keys.at(-1).at(-1)}`];
  if (family === "arrows") return [faceOf(keys[0]).replace("←", "←↑↓→")];
  return keys.map(faceOf);
}

function row({ binding, label, faces }, { listening, changed, t }) {
  const caps = listening ? [t(binding.family ? `press_${binding.family}` : "press_a_key")] : faces;
  return h("div", { class: "key-line" },
    h("button", { type: "button", class: "key-row", "data-binding": binding.id, "aria-pressed": String(listening) },
      h("span", { text: label }),
      h("span", { class: "key-caps" }, ...caps.map((face) => h("kbd", { text: face })))),
    changed && h("button", { type: "button", class: "key-undo", "data-unbind": binding.id, title: t("key_back"),
      "aria-label": `${t("key_back")}: ${label}`, text: "↺" }));
}

function download(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: "looktag-keys.json" }).click();
  URL.revokeObjectURL(url);
}

/** @param {{dialog: HTMLDialogElement, own: {get, set, fresh}, change: (keymap) => void, t}} parts `own` as of keys.js */
export function createSheet({ dialog, own, change, t }) {
  const find = (name) => dialog.querySelector(`[data-part=${name}]`);
  const [query, body, letters, preset, note, file] =
    ["sheet-search", "sheet-body", "sheet-letters", "sheet-preset", "sheet-note", "sheet-file"].map(find);
  let keymap = createKeymap(own.get());
  let listening = null;

  const nameOf = (id) => t(`key_${id}`);

  function draw() {
    const wanted = query.value.trim().toLowerCase();
    const rows = keymap.bindings.map((binding) => ({ binding, label: nameOf(binding.id), faces: facesOf(binding) }))
      .filter(({ label, faces }) => `${label} ${faces.join(" ")}`.toLowerCase().includes(wanted));
    const mine = own.get();
    body.replaceChildren(...GROUPS.map((group) => {
      const lines = rows.filter(({ binding }) => binding.group === group);
      return lines.length && h("section", {}, h("h3", { text: t(`group_${group}`) }), ...lines.map((line) =>
        row(line, { listening: listening === line.binding.id, changed: line.binding.id in mine.overrides, t })));
    }).filter(Boolean));
    letters.checked = mine.letters;
    preset.value = mine.preset;
  }

  const tell = (text, ...choices) => note.replaceChildren(h("span", { text }), ...choices);

  async function use(next) {
    keymap = createKeymap(next);
    change(keymap);
    tell("");
    const sent = own.set(next);
    draw();
    if (await sent) tell(t("keys_kept_here"));
  }

  /** Says whose key it is, at once; taking it over is one more press. */
  function robs({ own: next, robbed }, chord) {
    tell(t("key_taken", { key: faceOf(chord), names: robbed.map(nameOf).join(", ") }),
      h("button", { type: "button", class: "button button-small", "data-part": "sheet-take", text: t("key_take"), onclick: () => use(next) }));
    note.querySelector("button").focus();
  }

  function learn(event) {
    if (!listening || ["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const id = listening;
    listening = null;
    if (event.key === "Escape") return void draw();
    const chord = chordOf({
      key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey,
      shiftKey: event.shiftKey, altGraph: event.getModifierState("AltGraph"),
    });
    const outcome = rebind(own.get(), id, chord);
    draw();
    if (outcome.need) tell(t(`key_needs_${outcome.need}`));
    else if (outcome.robbed) robs(outcome, chord);
    else use(outcome.own);
    if (!outcome.robbed) body.querySelector(`[data-binding="${id}"]`)?.focus();
  }

  async function read() {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    try {
      await use(importKeys(await chosen.text()));
    } catch {
      tell(t("keys_not_read", { name: chosen.name }));
    }
  }

  function click(event) {
    const back = event.target.closest("[data-unbind]")?.dataset.unbind;
    const next = back && unbind(own.get(), back);
    if (next) return void use(next);
    if (back) return void tell(t("key_back_taken"));
    listening = event.target.closest("[data-binding]")?.dataset.binding ?? null;
    tell("");
    draw();
    body.querySelector(`[data-binding="${listening}"]`)?.focus();
    return undefined;
  }

  preset.replaceChildren(...Object.keys(PRESETS).map((name) => h("option", { value: name, text: t(`preset_${name}`) })));
  dialog.addEventListener("keydown", learn, { capture: true });
  query.addEventListener("input", draw);
  body.addEventListener("click", click);
  letters.addEventListener("change", () => use({ ...own.get(), letters: letters.checked }));
  // Another preset is another set of fingers: own changes were made to the old one.
  preset.addEventListener("change", () => use({ ...own.get(), preset: preset.value, overrides: {} }));
  find("sheet-reset").addEventListener("click", () => use(own.fresh));
  find("sheet-export").addEventListener("click", () => download(exportKeys(own.get())));
  find("sheet-import").addEventListener("click", () => file.click());
  file.addEventListener("change", read);

  return {
    keymap: () => keymap,
    open() {
      listening = null;
      query.value = "";
      tell("");
      draw();
      dialog.showModal();
      query.focus();
    },
    close: () => dialog.close(),
  };
}

/** How the n-th key of a command is written, from 0; empty where there is none. */
export function capOf(keymap, id, n = 0) {
  const chord = keymap.keysOf(id)[n];
  return chord ? faceOf(chord) : "";
}

/** Writes the key of each command on its button: the first, or the one that `data-nth` says. */
export function labelKeys(root, keymap) {
  for (const cap of root.querySelectorAll("kbd[data-key]")) {
    cap.textContent = capOf(keymap, cap.dataset.key, Number(cap.dataset.nth ?? 0));
    cap.hidden = !cap.textContent;
  }
}
