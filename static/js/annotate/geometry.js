/**
 * Boxes and views as plain numbers. A box is [left, top, right, bottom] in 0..1 of the image, origin top left.
 * `size` is {width, height} of the image in its own pixels; a viewport is {scale, x, y} with
 * screen = image * scale + (x, y). No zoom or window size ever enters a stored box.
 */

export const MIN_PX = 4;
export const MAX_SCALE = 16;

const limit = (value, low, high) => Math.min(Math.max(value, low), high);

export function toPixels([left, top, right, bottom], { width, height }) {
  return { left: left * width, top: top * height, right: right * width, bottom: bottom * height };
}

/** Ten decimals: far below a pixel, and a box that goes there and back is equal to itself. */
export function toBox({ left, top, right, bottom }, { width, height }) {
  const round = (value) => Math.round(limit(value, 0, 1) * 1e10) / 1e10;
  return [round(left / width), round(top / height), round(right / width), round(bottom / height)];
}

export function sameBox(a, b, tolerance = 1e-7) {
  return a.every((value, index) => Math.abs(value - b[index]) <= tolerance);
}

/** Shifts a box by image pixels; at the border it stops and keeps its size. */
export function moveBox(box, dx, dy, size) {
  const px = toPixels(box, size);
  const x = limit(dx, -px.left, size.width - px.right);
  const y = limit(dy, -px.top, size.height - px.bottom);
  return toBox({ left: px.left + x, top: px.top + y, right: px.right + x, bottom: px.bottom + y }, size);
}

/** Moves the edges named in `edges` (any of "n", "s", "e", "w") by image pixels; never thinner than MIN_PX. */
export function resizeBox(box, edges, dx, dy, size) {
  const px = toPixels(box, size);
  if (edges.includes("w")) px.left = limit(px.left + dx, 0, Math.max(px.right - MIN_PX, 0));
  if (edges.includes("e")) px.right = limit(px.right + dx, Math.min(px.left + MIN_PX, size.width), size.width);
  if (edges.includes("n")) px.top = limit(px.top + dy, 0, Math.max(px.bottom - MIN_PX, 0));
  if (edges.includes("s")) px.bottom = limit(px.bottom + dy, Math.min(px.top + MIN_PX, size.height), size.height);
  return toBox(px, size);
}

/** The box between two image points in any order, or null when it would be too small to mean anything. */
export function boxBetween(a, b, size) {
  const [left, right] = [a.x, b.x].map((x) => limit(x, 0, size.width)).sort((p, q) => p - q);
  const [top, bottom] = [a.y, b.y].map((y) => limit(y, 0, size.height)).sort((p, q) => p - q);
  if (right - left < MIN_PX || bottom - top < MIN_PX) return null;
  return toBox({ left, top, right, bottom }, size);
}

export function clampPoint(point, size) {
  return { x: limit(point.x, 0, size.width), y: limit(point.y, 0, size.height) };
}

export function toImage(point, { scale, x, y }) {
  return { x: (point.x - x) / scale, y: (point.y - y) / scale };
}

/** Room that a fitted scene leaves free, in screen pixels: its caption stands above it and the tools below. */
export const INSETS = { left: 20, top: 46, right: 20, bottom: 62 };

/** The whole image in the middle of what the insets leave of the stage. */
export function fitView(size, stage, insets = INSETS) {
  return frameView({ left: 0, top: 0, right: size.width, bottom: size.height }, stage, insets);
}

/** A box, centred, taking about half of the stage so that its surroundings stay in sight. */
export function boxView(box, size, stage) {
  const margin = Math.min(stage.width, stage.height) * 0.22;
  return frameView(toPixels(box, size), stage, { left: margin, top: margin, right: margin, bottom: margin });
}

function frameView({ left, top, right, bottom }, stage, insets) {
  const roomX = Math.max(stage.width - insets.left - insets.right, 1);
  const roomY = Math.max(stage.height - insets.top - insets.bottom, 1);
  const scale = limit(Math.min(roomX / (right - left), roomY / (bottom - top)), 0.01, MAX_SCALE);
  return {
    scale,
    x: insets.left + roomX / 2 - ((left + right) / 2) * scale,
    y: insets.top + roomY / 2 - ((top + bottom) / 2) * scale,
  };
}

/** Zooms so that the image point under `point` (screen) stays under it. */
export function zoomAt(view, factor, point, size, stage) {
  const least = fitView(size, stage).scale / 4;
  const scale = limit(view.scale * factor, least, MAX_SCALE);
  const anchor = toImage(point, view);
  return { scale, x: point.x - anchor.x * scale, y: point.y - anchor.y * scale };
}

/** Keeps at least a strip of the image on the stage, so that nobody pans into the void. */
export function panView(view, dx, dy, size, stage, keep = 64) {
  return {
    scale: view.scale,
    x: limit(view.x + dx, keep - size.width * view.scale, stage.width - keep),
    y: limit(view.y + dy, keep - size.height * view.scale, stage.height - keep),
  };
}

/** Moves a view just enough for the box to be in sight; the scale stays. */
export function revealBox(view, box, size, stage, margin = 40) {
  const px = toPixels(box, size);
  const shift = (low, high, room) => {
    if (high - low > room - 2 * margin) return room / 2 - (low + high) / 2;
    if (low < margin) return margin - low;
    return high > room - margin ? room - margin - high : 0;
  };
  const inSight = px.left * view.scale + view.x >= 0 && px.right * view.scale + view.x <= stage.width &&
    px.top * view.scale + view.y >= 0 && px.bottom * view.scale + view.y <= stage.height;
  if (inSight) return view;
  return {
    scale: view.scale,
    x: view.x + shift(px.left * view.scale + view.x, px.right * view.scale + view.x, stage.width),
    y: view.y + shift(px.top * view.scale + view.y, px.bottom * view.scale + view.y, stage.height),
  };
}

/**
 * The crop around a box in image pixels, as an SVG viewBox: with `pad` of its longer side around it and, where an `aspect`
 * (width / height) is given, with as much more of the image as fills that shape.
 */
export function cropViewBox(box, size, { pad = 0.06, aspect = null } = {}) {
  const px = toPixels(box, size);
  const margin = Math.max(px.right - px.left, px.bottom - px.top) * pad;
  let [width, height] = [px.right - px.left + 2 * margin, px.bottom - px.top + 2 * margin];
  if (aspect) [width, height] = [Math.max(width, height * aspect), Math.max(height, width / aspect)];
  const span = (low, high, length, whole) => {
    const room = Math.min(length, whole);
    const start = aspect ? limit((low + high - room) / 2, 0, whole - room) : Math.max((low + high - length) / 2, 0);
    const end = aspect ? start + room : Math.min((low + high + length) / 2, whole);
    return [start, end - start];
  };
  const [left, across] = span(px.left, px.right, width, size.width);
  const [top, down] = span(px.top, px.bottom, height, size.height);
  return [left, top, across, down].map((value) => value.toFixed(2)).join(" ");
}

/**
 * The width of the cells of a grid, so that `count` of them stand in `room` without scrolling, as large as can be between
 * `least` and `most`. A cell is as high as its width / `shape`, and `foot` more.
 */
export function cellWidth(count, room, { least, most, shape, foot, gap }) {
  const fits = (columns) => {
    const width = (room.width + gap) / columns - gap;
    return Math.ceil(count / columns) * (width / shape + foot + gap) - gap <= room.height ? width : 0;
  };
  const fewest = Math.max(Math.ceil((room.width + gap) / (most + gap)), 1);
  const columns = Math.max(Math.floor((room.width + gap) / (least + gap)), 1);
  for (let each = fewest; each <= columns; each += 1) {
    if (fits(each)) return Math.floor(Math.min(fits(each), most));
  }
  return Math.min(least, room.width);
}

const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);
const smallestFirst = (objects) => objects.toSorted((a, b) => area(a.box) - area(b.box));

/** The objects whose box holds an image point, smallest first: a cushion is reached through the sofa around it. */
export function objectsAt(objects, point, size) {
  const x = point.x / size.width;
  const y = point.y / size.height;
  return smallestFirst(objects.filter(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]));
}

/** The objects that share some area with a box, smallest first. */
export function objectsOver(objects, [left, top, right, bottom]) {
  return smallestFirst(objects.filter(({ box }) => box[0] < right && box[2] > left && box[1] < bottom && box[3] > top));
}

/** The one after `uuid` in a pile, going round; the first when `uuid` is not in it. */
export function nextOf(pile, uuid) {
  return pile[(pile.findIndex((object) => object.uuid === uuid) + 1) % pile.length];
}

/** Where the eight handles of a box are, in image pixels: [{edges, x, y}]. */
export function handlesOf(box, size) {
  const { left, top, right, bottom } = toPixels(box, size);
  const [middle, centre] = [(left + right) / 2, (top + bottom) / 2];
  return [
    { edges: "nw", x: left, y: top }, { edges: "n", x: middle, y: top }, { edges: "ne", x: right, y: top },
    { edges: "e", x: right, y: centre }, { edges: "se", x: right, y: bottom }, { edges: "s", x: middle, y: bottom },
    { edges: "sw", x: left, y: bottom }, { edges: "w", x: left, y: centre },
  ];
}

/**
 * The edges of the handle nearest to an image point, or null. `reach` in image pixels is what a finger covers; inside
 * a small box it shrinks, since the middle must remain to move the box by.
 */
export function handleAt(box, point, reach, size) {
  const { left, top, right, bottom } = toPixels(box, size);
  const inside = point.x > left && point.x < right && point.y > top && point.y < bottom;
  const most = inside ? Math.min(reach, (right - left) / 3, (bottom - top) / 3) : reach;
  const away = ({ x, y }) => Math.hypot(x - point.x, y - point.y);
  const nearest = handlesOf(box, size).toSorted((a, b) => away(a) - away(b))[0];
  return away(nearest) <= most ? nearest.edges : null;
}
