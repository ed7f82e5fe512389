/** Scene pictures, decoded before they are needed: showing one is moving an element that is already painted. */

export function createPictures({ onBroken, keep = 6 }) {
  const ready = new Map();

  function load(url) {
    const known = ready.get(url);
    if (known) return known;
    const picture = new Image();
    picture.addEventListener("error", () => onBroken(url));
    picture.src = url;
    ready.set(url, picture);
    for (const old of ready.keys()) {
      if (ready.size <= keep) break;
      ready.delete(old);
    }
    return picture;
  }

  return {
    of: load,
    preload(url) {
      // A picture that cannot be decoded also fires "error", which is told when its scene is on the page.
      load(url).decode().catch(() => ready.delete(url));
    },
  };
}
