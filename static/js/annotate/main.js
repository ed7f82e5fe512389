/** Wires the annotation page: makes each part once, hands each only what it needs. */

import { createHttp, worthRetrying } from "../lib/http.js";
import { part, readJson } from "../lib/dom.js";
import { createActions } from "./actions.js";
import { createActivity } from "./activity.js";
import { createBoard } from "./board.js";
import { createCamera } from "./camera.js";
import { createCategoryField } from "./category.js";
import { createCommands } from "./commands.js";
import { createComment } from "./comment.js";
import { createCompare } from "./compare.js";
import { createConflict } from "./conflict.js";
import { openDisk } from "./disk.js";
import { createEditor } from "./editor.js";
import { createDrawing } from "./gestures.js";
import { createHeader } from "./header.js";
import { createHistory } from "./history.js";
import { createKeyboard } from "./keyboard.js";
import { createOwnKeys } from "./keys.js";
import { homeOf, isBurst } from "./kinds.js";
import { createLayer } from "./layer.js";
import { createLessons } from "./lessons.js";
import { createList } from "./list.js";
import { createNotices } from "./notice.js";
import { createPace } from "./pace.js";
import { createPictures } from "./pictures.js";
import { createPreview } from "./preview.js";
import { createQuick } from "./quick.js";
import { createRetrieval } from "./retrieval.js";
import { createSave } from "./save.js";
import { createSearchField } from "./search.js";
import { createSession } from "./session.js";
import { capOf, createSheet, labelKeys } from "./sheet.js";
import { createSightBar } from "./sightbar.js";
import { createSignIn } from "./signin.js";
import { createSkipMenu } from "./skip.js";
import { createStore } from "./store.js";
import { createStrikes } from "./strikes.js";
import { createStrip } from "./strip.js";
import { createSubmission } from "./submission.js";
import { readTexts } from "./texts.js";
import { createUndo } from "./undo.js";
import { openVault } from "./vault.js";
import { createVersions } from "./versions.js";

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

const store = createStore({
  view: {
    kind: null, scene: null, known: [], mode: "idle", selected: null, highlights: {}, results: null, filter: null,
    viewport: null, threshold: 0, order: "given", large: false,
  },
});
// Before all other observers, which measure what the kind of work shows.
store.observe(() => {
  const { kind, mode, selected } = store.view();
  Object.assign(page.dataset, { kind: kind ?? "", mode, selected: Boolean(selected) });
});
const undo = createUndo(store);
const notices = createNotices({ status: part("status"), notices: part("notices"), clock });
const say = (key, values) => notices.say(t(key, values));

// What a person has not sent yet is theirs, also on a computer that several use.
const shelf = `looktag-${page.dataset.user}`;
const storage = await openVault(await openDisk(shelf, () => say("storage_poor")), {
  channel: new BroadcastChannel(shelf), onTrouble: () => problem("storage", t("storage_full")),
});

const submitButton = part("submit");
const actions = createActions(store, {
  say, newUuid,
  finish() {
    submitButton.focus();
    say(store.view().kind === "coverage" && !store.objects().length ? "nothing_missing" : "all_decided");
  },
});
const strikes = createStrikes(store, { say, actions });

const save = createSave({
  http, urls: config.urls, storage, clock,
  on: {
    light(light) {
      header.light(light);
      signIn.watch(light.state === "signed_out");
    },
    sent(entry, answer) {
      lessons.answered(answer);
      session.refill();
    },
    conflict: (theirs) => versions.ofDraft(theirs),
    draftRefused: (error) => problem("draft", t("draft_refused", { reason: error.message })),
    refused(entry, error) {
      const theirs = error.body?.submission ? error.body : null;
      const sent = history.at(history.indexOf(entry.assignment));
      session.refused(entry);
      if (theirs && sent && entry.kind === "submit") versions.ofSubmission(entry, sent, theirs);
      else problem("refused", t("submit_refused", { reason: error.message }));
    },
  },
});

const problem = (id, text) => notices.ask({ id, text, level: "error", choices: [{ label: t("dismiss"), act: () => {} }] });
function tellError(error) {
  if (error.signedOut) signIn.watch(true);
  else if (worthRetrying(error)) say("network_trouble");
  else problem("error", error.message);
}

const openDialog = () => actions.setMode("dialog");
const closeDialog = () => {
  actions.home();
  focusWork();
};
const signIn = createSignIn({
  dialog: part("sign-in"), opened: openDialog, closed: closeDialog, t,
  send: (username, password) => save.signIn(page.dataset.login, username, password),
  welcome() {
    say("signed_in");
    session.refill();
  },
});
const conflict = createConflict({ dialog: part("conflict"), opened: openDialog, closed: closeDialog, t });

const pictures = createPictures({
  onBroken: (url) => store.view().scene?.image_url === url && say("picture_broken"),
});

const activity = createActivity({ store, clock });
const history = createHistory({ storage, campaign: config.campaign.id });
const versions = createVersions({ conflict, store, session: () => session, history, save, clock, newUuid, t });
const pace = createPace({ storage, clock });
const tellPace = () => header.done(session.done(), pace.figures());
const lessons = createLessons({
  notices, t, url: config.urls.lessons, visit: (url) => window.location.assign(url),
});
let closeAmending = () => {};
const session = createSession({
  store, save, clock, newUuid, preload: pictures.preload, activity, history,
  on: {
    scene(assignment, { amending }) {
      page.dataset.state = "scene";
      page.dataset.amending = amending;
      lessons.scene(assignment);
      closeAmending();
      if (amending) {
        closeAmending = notices.ask({
          id: "amending", text: t("amending"), choices: [{ label: t("back_to_work"), act: session.toWork }],
        });
      }
      header.work(assignment);
      tellPace();
      focusWork();
    },
    sent({ seconds, objects }) {
      pace.sent(seconds, objects);
      tellPace();
    },
    empty({ waiting }) {
      closeAmending();
      tellPace();
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
  fields: { root: part("filter"), brand: part("filter-brand"), least: part("filter-least"), most: part("filter-most") },
  search: (q, filter, signal) =>
    save.search({ q, filter, vertical: config.vertical, category: store.selected()?.category ?? "" }, signal),
  rank(filter, signal) {
    const { box, category: slug, proposal } = store.selected();
    return save.retrieve(session.current(), { box, category: slug, proposal, filter }, signal);
  },
});
createRetrieval({
  store, clock, ask: (wanted, signal) => save.retrieve(session.current(), wanted, signal),
  onError: (error) => say(worthRetrying(error) ? "network_trouble" : "looking_failed"),
});
const comment = createComment({ row: part("comment-row"), input: part("comment-input"), store, actions });
const sightbar = createSightBar({
  slider: part("threshold"), value: part("threshold-value"), hidden: part("hidden"), reject: part("reject-hidden"),
  orders: [part("order"), part("order-burst")], store, actions, t,
});

const camera = createCamera({ stage, store });
const layer = createLayer({
  stage, store, pictureOf: pictures.of, nameOf: category.nameOf,
  describe: (object, number, state) =>
    t("object_label", { n: number, category: category.nameOf(object.category), state: t(`state_${state}`) }),
});

const board = createBoard({ root: part("board"), store, strikes, actions, nameOf: category.nameOf, t });
const quick = createQuick({ root: part("quick"), categories: config.categories, storage, store, actions });

/** The keys belong to the work again: to the selected box or cell. */
function focusWork() {
  if (isBurst(store.view().kind)) board.focus();
  else if (store.selected()) layer.focusSelected();
  else stage.focus({ preventScroll: true });
}

/** Back to the scene; `keep` leaves what was searched for and filtered in the strip. */
function leave({ keep = false } = {}) {
  const { mode, results, query, filter } = store.view();
  if (mode === "sheet") sheet.close();
  if (!keep && (mode === "search" || mode === "filter")) search.clear();
  const kept = keep ? { results, query, filter } : { results: null, query: "", filter: null };
  store.apply({ view: { mode: homeOf(store.view()), draft: null, large: false, ...kept } });
  focusWork();
}

const own = createOwnKeys({ storage, given: config.keys ?? null, put: save.putKeys, clock });
const sheet = createSheet({ dialog: part("sheet"), own, t, change: (next) => labelKeys(page, next) });
const openSheet = () => {
  sheet.open();
  actions.setMode("sheet");
};
part("sheet").addEventListener("close", closeDialog);

const submission = createSubmission({ store, actions, strikes, session, say, nameOf: category.nameOf, campaign: config.campaign });
const skip = createSkipMenu({ menu: part("skip-menu"), button: part("skip"), store, actions, send: session.skip, t });
const columns = () => getComputedStyle(part("strip")).gridTemplateColumns.split(" ").length;
const keyboard = createKeyboard({
  keymap: sheet.keymap, mode: () => store.view().mode, clock,
  run: (match, phase) => (phase === "up" && !match.hold ? undefined : commands[match.id](match, phase)),
});
const editor = createEditor({ stage, store, actions, drawing, holdsSpace: keyboard.holdsSpace, panned: keyboard.panned });
const commands = createCommands({
  store, actions, strikes, undo, session, camera, drawing, category, quick, board, search, comment, sightbar, editor, skip,
  leave, stage, columns, say, clock, sheet: { open: openSheet }, submit: submission.send, signIn: signIn.open,
});

const header = createHeader({
  store, undo, nameOf: category.nameOf, t,
  parts: {
    progress: part("progress"), progressText: part("progress-text"), light: part("save-light"), lightText: part("light-text"),
    undo: part("undo"), redo: part("redo"), submit: submitButton, skip: part("skip"), reject: part("reject"),
    remove: part("remove"), none: part("none"), draw: part("draw"), edit: part("edit"), modeHint: part("mode-hint"),
    heading: part("heading"), state: part("state"), score: part("score"), title: part("title"), flag: part("flag"),
    comment: part("comment"), ask: part("ask"), strike: part("strike"), description: part("description"), done: part("scenes-done"), pace: part("pace"),
  },
});
createStrip({
  root: part("strip"), pager: part("pager"), note: part("strip-note"), store, actions,
  capOf: (n) => capOf(sheet.keymap(), "pick_exact", n - 1), t,
  language: document.documentElement.lang || undefined,
});
createList({ root: part("objects"), store, actions, nameOf: category.nameOf, t });
createCompare({ root: part("compare"), store, actions, t });
createPreview({ root: part("preview"), store, t });

page.addEventListener("click", (event) => {
  const command = event.target.closest("[data-command]")?.dataset.command;
  if (command) commands[command]({ chord: "", target: event.target }, "down");
  // After a click of the pointer the keys belong to the scene again; `detail` is 0 for a press of Enter.
  const theirs = "input:not([type=range]), textarea, summary, a, [data-part=skip-menu], dialog, details";
  const stays = event.target.closest(theirs) || ["submit", "comment", "filter", "threshold"].includes(command);
  const { mode } = store.view();
  if (event.detail > 0 && !stays && [homeOf(store.view()), "edit", "draw", "choose"].includes(mode)) focusWork();
});

// The selection moves by keys as well: the focus goes with it unless somebody is typing. Drawing and editing take the
// focus from any button too, since Enter would press that button instead of setting a corner.
store.observe((change) => {
  const { mode, selected } = change.view?.after ?? {};
  const view = store.view();
  const busy = ["draw", "edit", "choose"].includes(mode);
  const follows = selected !== undefined && view.mode === homeOf(view);
  if (busy || (follows && !document.activeElement?.closest("[data-object], dialog"))) focusWork();
});

labelKeys(page, sheet.keymap());
header.draw();
header.light(save.light());
for (const sign of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  window.addEventListener(sign, activity.touch, { passive: true, capture: true });
}
window.setInterval(() => session.beat(), BEAT_MS);
window.addEventListener("online", () => save.flush());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    activity.pause();
    save.flush();
  } else activity.resume();
});
window.addEventListener("pagehide", () => {
  storage.leave();
  session.release();
});
window.addEventListener("beforeunload", (event) => storage.failing() && event.preventDefault());
window.addEventListener("pageshow", (event) => event.persisted && session.refill());
save.outbox.flush();
session.start();
