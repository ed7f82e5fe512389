/**
 * `<looktag-look src="https://looktag.example/api/looks/12/"></looktag-look>`: a look on any page, by one script:
 *
 *   <script type="module" src="https://looktag.example/static/js/looks/widget.js"></script>
 *
 * Attributes: `theme` (light, dark; else as the system), `level` (of its heading, 2), data-text-... (its words). A picture in the
 * slot `picture` stands there before anything is loaded. It sends `looktag-deed` events ({kind, tag, product}) to its page.
 */

import { h } from "../lib/dom.js";
import { createDrawer } from "./drawer.js";
import { createEvents } from "./events.js";
import { createSaved } from "./saved.js";
import { createSeen } from "./seen.js";
import { createServer, visitorOf } from "./server.js";
import { createStage } from "./stage.js";
import { STYLE } from "./style.js";
import { fill, textsOf } from "./texts.js";

const WIDE = 760;
/** A look whose page was left for so long is asked for anew: its token is good for a day. */
const OLD_MS = 6 * 3600 * 1000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (
  // randomUUID is for secure pages alone, and shops are still served without.
  Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16));
const storage = () => localStorage;

class LooktagLook extends HTMLElement {
  #gone = null;
  #tags = [];
  #opened = null;
  #events = null;
  #seen = null;
  #loaded = 0;

  connectedCallback() {
    this.#gone = new AbortController();
    if (!this.shadowRoot) this.#build();
    this.#listen(this.#gone.signal);
    this.#load();
  }

  disconnectedCallback() {
    this.#gone.abort();
    this.#seen?.stop();
    this.#events?.flush();
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const texts = textsOf(this.dataset);
    const language = document.documentElement.lang || "en";
    const level = Number(this.getAttribute("level")) === 1 ? "h1" : "h2";
    const heading = h(level, { id: "look-title", text: texts.heading });
    const status = h("p", { class: "faint", role: "status", "data-part": "status", text: texts.loading });
    const [dots, list] = [h("div", { class: "look-dots", "data-part": "dots" }), h("ol", { class: "look-products", "data-part": "products" })];
    const picture = h("img", { alt: "", hidden: true });
    const frame = h("div", { class: "look-frame", "data-part": "frame" }, h("slot", { name: "picture" }, picture), dots);
    const shop = h("section", { "aria-labelledby": "look-title" }, h("div", { class: "look-head" }, heading, status), list);
    const drawer = createDrawer({
      language, texts, saved: createSaved(storage), onclose: () => this.#close(), onturn: (step) => this.#turn(step),
      onvisit: (tag) => this.#do("click", tag), onsave: (tag) => this.#do("save", tag), onhide: (tag) => this.#hide(tag),
    });
    const stage = createStage({
      dots, list, language, texts, onopen: (tag) => (this.#opened === tag ? this.#close() : this.#open(tag)),
    });
    const look = h("div", { class: "look", "data-part": "look" },
      h("figure", { class: "look-picture" }, frame), h("div", { class: "look-side" }, shop, drawer.node));
    root.append(look);
    this.parts = { texts, heading, status, picture, frame, shop, drawer, stage, look };
  }

  #listen(signal) {
    const { look, drawer, shop } = this.parts;
    const resized = new ResizeObserver(([{ contentRect }]) => {
      look.dataset.wide = String(contentRect.width >= WIDE);
      shop.hidden = look.dataset.wide === "true" && this.#opened !== null;
    });
    resized.observe(this);
    signal.addEventListener("abort", () => resized.disconnect());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#close(), { signal });
    document.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      const inside = path.includes(drawer.node) || path.some((node) => node.matches?.(".look-dot, .look-product"));
      if (!inside && look.dataset.wide !== "true") this.#close({ focus: false });
    }, { signal });
    // Phones kill a page without a pagehide, so its being hidden is the last sure moment.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#events?.flush();
      else if (Date.now() - this.#loaded > OLD_MS && this.#loaded) this.#load();
    }, { signal });
    window.addEventListener("pagehide", () => this.#events?.flush(), { signal });
  }

  async #load() {
    const { texts, status } = this.parts;
    const server = createServer({
      look: new URL(this.getAttribute("src"), document.baseURI), page: location.origin,
      fetch: (...asked) => fetch(...asked), visitor: () => visitorOf(storage, uuid),
    });
    try {
      this.#show(await server.load(), server);
    } catch (error) {
      status.textContent = texts.failed;
      throw error;
    }
  }

  #show(look, server) {
    const { heading, picture, frame, stage } = this.parts;
    this.#loaded = Date.now();
    this.#close({ focus: false });
    this.#events?.flush();
    this.#seen?.stop();
    this.#events = createEvents({ send: server.send, token: look.token, uuid });
    this.#tags = look.tags;
    frame.style.setProperty("--ratio", String(look.scene.width / look.scene.height));
    if (look.scene.title) heading.textContent = look.scene.title;
    Object.assign(picture, { src: look.scene.image_url, alt: look.scene.title || look.scene.external_id, hidden: false });
    stage.show(look.tags);
    this.#count();
    this.#watch();
  }

  #watch() {
    const byId = new Map(this.#tags.map((tag) => [tag.tag, tag]));
    this.#seen = createSeen({
      observer: IntersectionObserver, visible: () => !document.hidden,
      onSeen: (id) => this.#do("impression", byId.get(id)),
    });
    for (const tag of this.#tags) {
      const { dot, item } = this.parts.stage.nodes(tag);
      for (const node of [dot, item]) this.#seen.watch(node, tag.tag);
    }
  }

  #count() {
    const { texts, status } = this.parts;
    const n = this.#tags.length;
    status.textContent = n === 0 ? texts.none : n === 1 ? texts.one : fill(texts.many, { n });
  }

  #do(kind, tag) {
    this.#events.log(kind, tag.tag);
    // The page may be left for the shop at once.
    if (kind === "click") this.#events.flush();
    const detail = { kind, tag: tag.tag, product: tag.product };
    this.dispatchEvent(new CustomEvent("looktag-deed", { detail, bubbles: true }));
  }

  #open(tag) {
    const { drawer, stage, shop, look } = this.parts;
    this.#opened = tag;
    this.#do("closeup", tag);
    stage.open(tag);
    shop.hidden = look.dataset.wide === "true";
    drawer.open(tag, this.#tags.indexOf(tag) + 1, this.#tags.length);
  }

  #turn(step) {
    const tag = this.#tags[this.#tags.indexOf(this.#opened) + step];
    if (tag) this.#open(tag);
  }

  #close({ focus = true } = {}) {
    const { drawer, stage, shop } = this.parts;
    const tag = this.#opened;
    if (!tag) return;
    this.#opened = null;
    drawer.close();
    shop.hidden = false;
    stage.open(null);
    if (focus) stage.nodes(tag)?.dot.focus({ preventScroll: true });
  }

  #hide(tag) {
    const { texts, status, stage, heading } = this.parts;
    const next = this.#tags[this.#tags.indexOf(tag) + 1] ?? this.#tags[this.#tags.indexOf(tag) - 1];
    this.#do("hide", tag);
    this.#close({ focus: false });
    stage.hide(tag);
    this.#tags = this.#tags.filter((each) => each !== tag);
    status.textContent = fill(texts.hidden, tag);
    // Focus stays near to where it was; without anything left, on the heading.
    if (next) return stage.nodes(next).dot.focus({ preventScroll: true });
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

customElements.define("looktag-look", LooktagLook);
