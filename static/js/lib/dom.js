/** The few lines of DOM that every view needs. Text is always set as text, never parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true && !/^(?:aria|data)-/.test(name) ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

export function setAttributes(node, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

/** Calls `draw` before the next frame is painted, once however often it was asked for: for views that ask for a layout. */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** @throws {Error} when the page has no such part: a template and its script disagree. */
export function part(name, root = document) {
  const node = root.querySelector(`[data-part="${name}"]`);
  if (!node) throw new Error(`The page has no part "${name}". Add data-part="${name}" to the template.`);
  return node;
}

export function readJson(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no JSON "${id}". Pass it with the json_script filter.`);
  return JSON.parse(node.textContent);
}

/** A link that a stranger wrote: kept when it leads to the web, dropped when it is anything else. */
export function safeLink(url) {
  return /^https?:\/\//i.test(url ?? "") ? url : null;
}
