/** Wires the annotation page: makes each part once, hands each only what it needs. */

import { createHttp, worthRetrying } from "../lib/http.js";
import { part, readJson } from "../lib/dom.js";
import { createActions } from "./actions.js";
import { createCamera } from "./camera.js";
import { createCategoryField } from "./category.js";
import { createCommands } from "./commands.js";
import { createCompare } from "./compare.js";
import { createEditor } from "./editor.js";
import { createDrawing } from "./gestures.js";
import { createHeader } from "./header.js";
import { createKeyboard } from "./keyboard.js";
import { createKeymap } from "./keymap.js";
import { createLayer } from "./layer.js";
import { createList } from "./list.js";
import { createNotices } from "./notice.js";
import { createPictures } from "./pictures.js";
import { createRetrieval } from "./retrieval.js";
import { createSave } from "./save.js";
import { createSearchField } from "./search.js";
import { createSession } from "./session.js";
import { createSheet, labelKeys, loadOwnKeys } from "./sheet.js";
import { createSkipMenu } from "./skip.js";
import { createStore } from "./store.js";
import { createStrip } from "./strip.js";
import { createSubmission } from "./submission.js";
import { readTexts } from "./texts.js";
import { createUndo } from "./undo.js";

const BEAT_MS = 30000;
const config = readJson("annotate-config");
const t = readTexts(part("strings"));
const page = part("page");
const stage = part("stage");
const clock = {
  now: () => Date.now(),
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
  wait: (ms) => new Promise((resolve) => window.setTimeout(resolve, ms)),
};
const newUuid = () => crypto.randomUUID();
const http = createHttp({
  fetch: window.fetch.bind(window), cookies: () => document.cookie, sendBeacon: navigator.sendBeacon.bind(navigator),
});

let keymap = createKeymap(loadOwnKeys(localStorage));
const store = createStore({
  view: { mode: "idle", selected: null, highlights: {}, results: null, scene: null, viewport: null },
});
const undo = createUndo(store);
const notices = createNotices({ status: part("status"), notices: part("notices"), clock });
const say = (key, values) => notices.say(t(key, values));

const submitButton = part("submit");
const actions = createActions(store, {
  say, newUuid,
  finish() {
    submitButton.focus();
    say("all_decided");
  },
});

const save = createSave({
  http, urls: config.urls, storage: localStorage, clock,
  on: {
    light: (light) => header.light(light),
    sent: () => session.refill(),
    conflict(theirs) {
      notices.ask({ id: "conflict", text: t("conflict"), choices: [
        { label: t("take_theirs"), act: () => session.takeTheirs(theirs) },
        { label: t("keep_mine"), act: () => session.keepOurs(theirs) },
      ] });
    },
    draftRefused: (error) => problem("draft", t("draft_refused", { reason: error.message })),
    refused(entry, error) {
      problem("refused", t("submit_refused", { reason: error.message }));
      session.refused(entry);
    },
  },
});

const problem = (id, text) => notices.ask({ id, text, level: "error", choices: [{ label: t("dismiss"), act: () => {} }] });
function tellError(error) {
  if (error.signedOut) problem("error", t("signed_out"));
  else if (worthRetrying(error)) say("network_trouble");
  else problem("error", error.message);
}

const pictures = createPictures({
  onBroken: (url) => store.view().scene?.image_url === url && say("picture_broken"),
});

const session = createSession({
  store, save, clock, newUuid, preload: pictures.preload,
  on: {
    scene(assignment) {
      page.dataset.state = "scene";
      header.scene(assignment);
      header.done(session.done());
      focusStage();
    },
    empty({ waiting }) {
      header.done(session.done());
      page.dataset.state = waiting ? "waiting" : "done";
    },
    error: tellError,
  },
});

const category = createCategoryField({
  input: part("category-input"), list: part("category-list"), categories: config.categories, store, actions,
  leave: () => leave(),
});
const drawing = createDrawing({
  store,
  finish(box) {
    actions.add(box, (store.selected() ?? store.objects().at(-1))?.category ?? config.categories[0].slug);
    category.open();
  },
  tooSmall: () => say("too_small"),
});
const search = createSearchField({
  input: part("search-input"), store, actions, clock, onError: tellError,
  ask: (q, signal) => save.search({ q, vertical: config.vertical, category: store.selected()?.category ?? "" }, signal),
});
createRetrieval({
  store, clock, ask: (wanted, signal) => save.retrieve(session.current(), wanted, signal),
  onError: (error) => say(worthRetrying(error) ? "network_trouble" : "looking_failed"),
});

const camera = createCamera({ stage, store });
const layer = createLayer({
  stage, store, pictureOf: pictures.of,
  describe: (object, number, state) =>
    t("object_label", { n: number, category: category.nameOf(object.category), state: t(`state_${state}`) }),
});

function focusStage() {
  if (store.selected()) layer.focusSelected();
  else stage.focus({ preventScroll: true });
}

function leave() {
  const { mode } = store.view();
  if (mode === "sheet") sheet.close();
  if (mode === "search") search.clear();
  if (store.view().scene) store.apply({ view: { mode: "browse", draft: null, results: null, query: "" } });
  focusStage();
}

const sheet = createSheet({
  dialog: part("sheet"), storage: localStorage, keymap: () => keymap, t,
  change(next) {
    keymap = next;
    labelKeys(page, keymap);
  },
});
const openSheet = () => {
  sheet.open();
  actions.setMode("sheet");
};
part("sheet").addEventListener("close", () => {
  actions.setMode(store.view().scene ? "browse" : "idle");
  focusStage();
});

const submission = createSubmission({ store, actions, session, say, nameOf: category.nameOf, campaign: config.campaign });
const skip = createSkipMenu({ menu: part("skip-menu"), button: part("skip"), store, actions, send: session.skip, t });
const columns = () => getComputedStyle(part("strip")).gridTemplateColumns.split(" ").length;
const commands = createCommands({
  store, actions, undo, camera, drawing, category, search, sheet: { open: openSheet }, skip, submit: submission.send,
  leave, stage, columns, say, clock,
});
const keyboard = createKeyboard({
  keymap: () => keymap, mode: () => store.view().mode, clock,
  run: (match, phase) => (phase === "up" && !match.hold ? undefined : commands[match.id](match, phase)),
});
createEditor({ stage, store, actions, drawing, holdsSpace: keyboard.holdsSpace, panned: keyboard.panned });

const header = createHeader({
  store, undo, nameOf: category.nameOf, t,
  parts: {
    progress: part("progress"), progressText: part("progress-text"), light: part("save-light"), lightText: part("light-text"),
    undo: part("undo"), redo: part("redo"), submit: submitButton, skip: part("skip"), reject: part("reject"),
    remove: part("remove"), none: part("none"), draw: part("draw"), edit: part("edit"), modeHint: part("mode-hint"),
    heading: part("heading"), state: part("state"), score: part("score"), title: part("title"),
    description: part("description"), done: part("scenes-done"),
  },
});
createStrip({
  root: part("strip"), pager: part("pager"), note: part("strip-note"), store, actions, t,
  language: document.documentElement.lang || undefined,
});
createList({ root: part("objects"), store, actions, nameOf: category.nameOf, t });
createCompare({ root: part("compare"), store, t });

page.addEventListener("click", (event) => {
  const command = event.target.closest("[data-command]")?.dataset.command;
  if (command) commands[command]({ chord: "", target: event.target }, "down");
  // After a click of the pointer the keys belong to the scene again; `detail` is 0 for a press of Enter.
  const own = "input, summary, a, [data-command=submit], [data-part=skip-menu], dialog, details";
  const stays = event.target.closest(own);
  if (event.detail > 0 && !stays && ["browse", "edit", "draw"].includes(store.view().mode)) focusStage();
});

// The selection moves by keys as well: the focus goes with it unless somebody is typing. Drawing and editing take the
// focus from any button too, since Enter would press that button instead of setting a corner.
store.observe((change) => {
  const { mode, selected } = change.view?.after ?? {};
  const busy = mode === "draw" || mode === "edit";
  const follows = selected !== undefined && store.view().mode === "browse";
  if (busy || (follows && !document.activeElement?.closest("[data-object], dialog"))) focusStage();
});

labelKeys(page, keymap);
header.draw();
header.light(save.light());
window.setInterval(() => session.beat(), BEAT_MS);
window.addEventListener("online", () => save.flush());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    session.pause();
    save.flush();
  } else session.resume();
});
window.addEventListener("pagehide", () => session.release());
window.addEventListener("pageshow", (event) => event.persisted && session.refill());
save.outbox.flush();
session.start();
