/** Translated strings: written once in templates/annotate/_strings.html, read here. */

export function readTexts(root) {
  const nodes = [...root.querySelectorAll("[data-text]")];
  const texts = new Map(nodes.map((node) => [node.dataset.text, node.textContent.trim()]));
  return (key, values = {}) => {
    const text = texts.get(key);
    if (text === undefined) throw new Error(`No text "${key}". Add it to templates/annotate/_strings.html.`);
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}
