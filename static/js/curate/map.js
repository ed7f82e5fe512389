/** The map of pairs on a canvas: coloured by category or by error, chosen with a lasso or, by keys, with a circle. */

import { h, oncePerFrame, readJson } from "../lib/dom.js";
import { circled, lassoed } from "./lasso.js";

const MARGIN = 18;
const STEP = 0.02;
const ERRORS = ["--good", "--bad", "--ink-faint"];

const points = readJson("points");
const root = document.querySelector("[data-map]");
const canvas = root.querySelector("canvas");
const pen = canvas.getContext("2d");
const count = root.querySelector("[data-count]");
const legend = root.querySelector("[data-legend]");
const form = root.querySelector("[data-choose]");
const state = { chosen: new Set(), hidden: new Set(), outline: null, circle: { x: 0.5, y: 0.5, radius: 0.08 }, keyed: false, adds: false };

const by = () => root.querySelector("[name=colour]:checked").value;
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark";
const classOf = (at) => points[by()][at];

/** Far apart on the colour wheel, however many there are; the golden angle never comes back to where it was. */
function hue(at) {
  return `hsl(${(at * 137.508 + 160) % 360} 60% ${isDark() ? 64 : 38}%)`;
}

function colours() {
  if (by() === "error") return ERRORS.map(style);
  return points.categories.map((_, at) => hue(at));
}

const size = () => canvas.clientWidth;
const place = (at) => [MARGIN + points.x[at] * (size() - 2 * MARGIN), MARGIN + points.y[at] * (size() - 2 * MARGIN)];
const onMap = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top].map((side) => (side - MARGIN) / (size() - 2 * MARGIN));
};
const toPage = (value) => MARGIN + value * (size() - 2 * MARGIN);

const draw = oncePerFrame(() => {
  const scale = devicePixelRatio || 1;
  if (canvas.width !== Math.round(size() * scale)) canvas.width = canvas.height = Math.round(size() * scale);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, size(), size());
  const palette = colours();
  const radius = points.pairs.length > 1000 ? 2.6 : 4;
  const some = state.chosen.size > 0;
  for (const late of [false, true]) {
    for (const at of points.pairs.keys()) {
      if (state.chosen.has(at) !== late || state.hidden.has(classOf(at))) continue;
      pen.globalAlpha = some && !late ? 0.28 : 0.85;
      pen.fillStyle = palette[classOf(at)] ?? style("--ink-faint");
      pen.beginPath();
      pen.arc(...place(at), late ? radius + 1.2 : radius, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.strokeStyle = style("--focus");
  if (state.outline) {
    pen.beginPath();
    for (const [x, y] of state.outline) pen.lineTo(toPage(x), toPage(y));
    pen.closePath();
    pen.stroke();
  }
  if (state.keyed) {
    const { x, y, radius: reach } = state.circle;
    pen.beginPath();
    pen.arc(toPage(x), toPage(y), reach * (size() - 2 * MARGIN), 0, 2 * Math.PI);
    pen.stroke();
  }
});

function choose(places, adds) {
  const shown = places.filter((at) => !state.hidden.has(classOf(at)));
  if (!adds) state.chosen.clear();
  for (const at of shown) state.chosen.add(at);
  tell();
}

function tell() {
  const number = state.chosen.size;
  count.textContent = number === 0 ? root.dataset.none : number === 1 ? root.dataset.one : root.dataset.many.replace("{n}", number);
  form.elements.pairs.value = [...state.chosen].map((at) => points.pairs[at]).join(",");
  form.querySelector("button").disabled = number === 0;
  draw();
}

function showLegend() {
  const names = by() === "error" ? [legend.dataset.right, legend.dataset.wrong, legend.dataset.unknown] : points.categories;
  const palette = colours();
  legend.replaceChildren(...names.map((name, at) => {
    const swatch = h("i", { "aria-hidden": "true" });
    swatch.style.background = palette[at];
    const number = points[by()].filter((each) => each === at).length;
    const tick = h("input", { type: "checkbox", checked: !state.hidden.has(at), onchange: () => {
      if (tick.checked) state.hidden.delete(at);
      else state.hidden.add(at);
      state.chosen = new Set([...state.chosen].filter((each) => !state.hidden.has(classOf(each))));
      tell();
    } });
    return h("li", {}, h("label", { class: "check" }, tick, swatch, h("span", { text: name }), h("span", { class: "faint", text: String(number) })));
  }));
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  canvas.focus({ preventScroll: true });
  state.keyed = false;
  state.adds = event.shiftKey;
  state.outline = [onMap(event)];
  draw();
});
canvas.addEventListener("pointermove", (event) => {
  if (!state.outline) return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) state.outline.push(onMap(each));
  draw();
});
canvas.addEventListener("pointerup", () => {
  if (!state.outline) return;
  const outline = state.outline;
  state.outline = null;
  choose(lassoed(points, outline), state.adds);
});
canvas.addEventListener("pointercancel", () => {
  state.outline = null;
  draw();
});

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { circle } = state;
  const far = event.shiftKey ? 4 : 1;
  if (event.key in MOVES) {
    const [x, y] = MOVES[event.key];
    circle.x = Math.max(0, Math.min(1, circle.x + x * STEP * far));
    circle.y = Math.max(0, Math.min(1, circle.y + y * STEP * far));
  } else if (event.key === "+" || event.key === "=") circle.radius = Math.min(0.8, circle.radius * 1.25);
  else if (event.key === "-") circle.radius = Math.max(0.01, circle.radius / 1.25);
  else if (event.key === " ") choose(circled(points, circle.x, circle.y, circle.radius), true);
  else if (event.key === "Enter" && state.chosen.size) form.requestSubmit();
  else if (event.key === "Escape") choose([], false);
  else return;
  event.preventDefault();
  state.keyed = true;
  draw();
});
canvas.addEventListener("focus", () => {
  state.keyed = canvas.matches(":focus-visible");
  draw();
});
canvas.addEventListener("blur", () => {
  state.keyed = false;
  draw();
});

for (const radio of root.querySelectorAll("[name=colour]")) {
  radio.addEventListener("change", () => {
    state.hidden.clear();
    showLegend();
    tell();
  });
}
const dressAgain = () => {
  showLegend();
  draw();
};
new ResizeObserver(draw).observe(canvas);
new MutationObserver(dressAgain).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressAgain);
showLegend();
tell();
