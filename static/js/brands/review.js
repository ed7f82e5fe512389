/** Wires the owner's queue: makes each part once, hands each only what it needs. */

import { h, part, readJson } from "../lib/dom.js";
import { createHttp, HttpError, worthRetrying } from "../lib/http.js";
import { openDisk } from "../annotate/disk.js";
import { createKeyboard } from "../annotate/keyboard.js";
import { faceOf } from "../annotate/keymap.js";
import { createNotices } from "../annotate/notice.js";
import { createOutbox } from "../annotate/outbox.js";
import { readTexts } from "../annotate/texts.js";
import { openVault } from "../annotate/vault.js";
import { createBoard } from "./board.js";
import { createKeymap } from "./keys.js";
import { createPanel } from "./panel.js";
import { createQueue } from "./queue.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const config = readJson("review-config");
const t = readTexts(part("strings"));
const page = part("page");
const sheet = part("sheet");
const clock = {
  now: () => Date.now(),
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
};
const http = createHttp({ fetch: window.fetch.bind(window), cookies: () => document.cookie });
const { say, ask } = createNotices({ status: part("status"), notices: part("notices"), clock });

function tellError(error) {
  if (error instanceof HttpError && error.signedOut) say(t("light_signed_out"));
  else if (worthRetrying(error)) say(t("network_trouble"));
  else {
    say(t("failed", { reason: error.message }));
    if (!(error instanceof HttpError)) throw error;
  }
}

/** Another person at this computer must not send what this one ruled. */
const shelf = `looktag.review.${config.person}`;
const storage = await openVault(await openDisk(shelf, () => say(t("storage_poor"))), {
  channel: new BroadcastChannel(shelf), onTrouble: () => say(t("storage_full")),
});

function light() {
  const trouble = outbox.trouble();
  const waiting = outbox.size();
  const state = trouble instanceof HttpError && trouble.signedOut ? "signed_out" : trouble ? "offline" : waiting ? "saving" : "saved";
  part("light").dataset.state = state;
  part("light-text").textContent = t(`light_${state}`, { n: waiting });
  part("sign-in").hidden = state !== "signed_out";
}

const outbox = createOutbox({
  storage, clock, onChange: () => light(),
  send: ({ uuid, kind, body }) => http.post(config.urls[kind], body),
  onRefused(entry, error) {
    if (entry.kind === "rule") queue.refused(entry.body.rulings.map(({ uuid }) => uuid));
    ask({
      id: entry.uuid, level: "error", text: t("refused", { n: entry.body.rulings.length, reason: error.message }),
      choices: [{ label: t("load_again"), act: () => start() }],
    });
  },
});

const queue = createQueue({
  newUuid: () => crypto.randomUUID(),
  put: (entry) => outbox.put(entry),
  preload: (cards) => {
    for (const url of new Set(cards.flatMap(({ scene, product }) => [scene.image_url, product.image_url]))) if (url) new Image().src = url;
  },
  changed: () => draw(),
  async load({ before, product, limit }) {
    // What is ruled here must be ruled there before one asks what is open.
    await outbox.flush();
    const query = new URLSearchParams({ state: config.state });
    if (before !== null) query.set("before", before);
    if (product !== null) query.set("product", product);
    if (limit) query.set("limit", limit);
    return (await http.get(`${config.urls.queue}?${query}`)).body;
  },
});

const board = createBoard({ root: part("board"), queue, t });
const panel = createPanel({
  parts: { preview: part("preview"), facts: part("facts"), choices: part("choices"), note: part("note"), query: part("query") },
  queue, clock, t, onError: tellError,
  look: (scene) => config.urls.look.replace("{id}", scene.id),
  history: (tag) => config.urls.history.replace("{id}", tag),
  pick: (product) => correct(product),
  async search(q, vertical, signal) {
    return (await http.get(`${config.urls.search}?${new URLSearchParams({ q, vertical, limit: "18" })}`, { signal })).body;
  },
});

const reason = part("reason");
const keymap = createKeymap({ letters: config.letters });

function takeReason() {
  const text = reason.value.trim();
  reason.value = "";
  return text;
}

function focusBoard() {
  if (queue.current()) board.focus();
}

function leave() {
  panel.clear();
  page.dataset.panel = "closed";
  focusBoard();
}

function draw() {
  const { at, selected, product, ruled, loading, more } = queue.view();
  const cards = queue.cards();
  board.draw();
  panel.draw();
  const open = queue.open().length;
  page.dataset.state = loading && !cards.length ? "loading" : cards.length ? "work" : "done";
  part("progress").max = Math.max(cards.length, 1);
  part("progress").value = cards.length - open;
  part("progress-text").textContent = t("progress", { page: at + 1, done: cards.length - open, total: cards.length });
  part("ruled").textContent = ruled ? t("ruled_so_far", { n: ruled }) : "";
  for (const button of document.querySelectorAll("[data-command=approve_page], [data-command=hide_page]")) button.disabled = !open;
  part("page-on").disabled = !more;
  part("page-back").disabled = at === 0;
  part("only").hidden = !product;
  part("only-text").textContent = product ? t("only", { title: product.title }) : "";
  part("undo").disabled = !ruled;
  part("selected-only").disabled = selected === null;
}

/** One ruling on the selected tag, then on to the next. */
function rule(said) {
  if (!queue.rule({ ...said, reason: takeReason() })) return say(t("nothing_selected"));
  leave();
  if (!queue.open().length) say(t(queue.view().more ? "page_done" : "all_done"));
  return undefined;
}

const correct = (product) => product && rule({ ruling: "correct", picked: product });

async function turn(by) {
  try {
    if (!(await queue.turn(by))) say(t(by > 0 ? "no_page_after" : "no_page_before"));
    leave();
  } catch (error) {
    tellError(error);
  }
}

async function rulePage(ruling) {
  const n = queue.rulePage({ ruling, reason: takeReason() });
  if (n) say(t(`page_${ruling}`, { n }));
  if (queue.view().more) await turn(1);
}

async function ruleProduct(ruling) {
  try {
    const n = await queue.ruleProduct({ ruling, reason: takeReason() });
    say(t(`product_${ruling}`, { n }));
    leave();
  } catch (error) {
    tellError(error);
  }
}

async function start(only = null) {
  try {
    await queue.only(only);
    leave();
  } catch (error) {
    tellError(error);
  }
}

const commands = {
  // With the page ruled, Enter goes on.
  approve: ({ chord }) => (chord === "Enter" && !queue.open().length && queue.view().more ? turn(1) : rule({ ruling: "approve" })),
  hide: () => rule({ ruling: "hide" }),
  wrong: () => rule({ ruling: "hide", wrong: true }),
  pick: ({ chord }) => correct(panel.nth(Number(chord.at(-1)) - 1)) ?? undefined,
  search() {
    page.dataset.panel = "open";
    panel.open();
  },
  reason() {
    page.dataset.panel = "open";
    reason.focus();
  },
  undo() {
    const n = queue.undo();
    say(n ? t("taken_back", { n }) : t("nothing_to_undo"));
    if (n) focusBoard();
  },
  approve_page: () => rulePage("approve"),
  hide_page: () => rulePage("hide"),
  approve_product: () => ruleProduct("approve"),
  hide_product: () => ruleProduct("hide"),
  only_product: () => start(queue.view().product ? null : queue.current()?.product ?? null),
  move({ chord }) {
    queue.move(STEPS[chord] ?? (chord === "ArrowDown" ? 1 : -1) * board.columns());
    board.focus();
  },
  first: () => [queue.move(-Infinity), board.focus()],
  last: () => [queue.move(Infinity), board.focus()],
  next_open: () => [queue.toOpen(1), board.focus()],
  previous_open: () => [queue.toOpen(-1), board.focus()],
  page_on: () => turn(1),
  page_back: () => turn(-1),
  look() {
    page.dataset.panel = page.dataset.panel === "open" ? "closed" : "open";
  },
  field_move: ({ chord }) => panel.move(chord === "ArrowDown" ? 1 : -1),
  field_take: () => correct(panel.highlighted()),
  line_done: () => focusBoard(),
  cancel: () => leave(),
  keys: () => sheet.showModal(),
};

function mode() {
  if (sheet.open) return "dialog";
  if (document.activeElement === part("query")) return "search";
  return document.activeElement === reason ? "reason" : "grid";
}

createKeyboard({
  keymap: () => keymap, mode, clock,
  run: (match, phase) => (phase === "up" ? undefined : void commands[match.id](match)),
});

page.addEventListener("click", (event) => {
  const command = event.target.closest("[data-command]")?.dataset.command;
  if (command) commands[command]({ chord: "" });
});
part("board").addEventListener("dblclick", (event) => event.target.closest("[data-cell]") && commands.look());

function drawKeys() {
  for (const cap of document.querySelectorAll("[data-key]")) {
    const [first] = keymap.keysOf(cap.dataset.key);
    cap.hidden = !first;
    cap.textContent = first ? faceOf(first) : "";
  }
  const row = (binding) => h("div", { class: "key-row" }, h("dt", {}, ...binding.keys.map((key) => h("kbd", { text: faceOf(key) }))),
    h("dd", { text: t(`key_${binding.id}`) }));
  part("keys").replaceChildren(...keymap.bindings.filter(({ keys }) => keys.length).map(row));
}

drawKeys();
light();
window.addEventListener("online", () => outbox.flush());
document.addEventListener("visibilitychange", () => document.hidden && outbox.flush());
window.addEventListener("pagehide", () => storage.leave());
start();
