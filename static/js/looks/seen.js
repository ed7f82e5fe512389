/** Says of each tag, once, that it was seen: half of its dot or card stood in the window, of a page in front, for a while. */

const SHARE = 0.5;
const AWHILE_MS = 500;

/**
 * @param {{observer: typeof IntersectionObserver, onSeen: (key: number) => void, visible?: () => boolean,
 *   later?: Function, never?: Function}} parts
 * @returns {{watch: (node: Element, key: number) => void, stop: () => void}} a key may have several nodes
 */
export function createSeen({ observer, onSeen, visible = () => true, later = setTimeout, never = clearTimeout }) {
  const keys = new Map();
  const clocks = new Map();

  const watcher = new observer((entries) => {
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio >= SHARE) start(target);
      else end(target);
    }
  }, { threshold: [0, SHARE] });

  function start(node) {
    if (clocks.has(node) || !keys.has(node)) return;
    clocks.set(node, later(() => {
      clocks.delete(node);
      if (visible()) done(keys.get(node));
      // A page behind others shows nothing; look again until it comes forward.
      else start(node);
    }, AWHILE_MS));
  }

  function end(node) {
    never(clocks.get(node));
    clocks.delete(node);
  }

  function done(key) {
    for (const [node, of] of keys) {
      if (of !== key) continue;
      end(node);
      watcher.unobserve(node);
      keys.delete(node);
    }
    onSeen(key);
  }

  return {
    watch(node, key) {
      keys.set(node, key);
      watcher.observe(node);
    },
    stop() {
      for (const node of keys.keys()) end(node);
      keys.clear();
      watcher.disconnect();
    },
  };
}
