/** The products that a visitor has saved, as the site that shows the widget keeps them. */

const SAVED = "looktag.saved";
const MOST = 500;

/** @param {() => Storage} storage may throw where a browser keeps nothing; then they last as long as the page */
export function createSaved(storage) {
  const ids = new Set(read());

  function read() {
    try {
      const kept = JSON.parse(storage().getItem(SAVED) ?? "[]");
      return Array.isArray(kept) ? kept.filter(Number.isInteger) : [];
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  function write() {
    try {
      storage().setItem(SAVED, JSON.stringify([...ids].slice(-MOST)));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  return {
    has: (id) => ids.has(id),
    /** Whether it is saved now. */
    toggle(id) {
      if (!ids.delete(id)) ids.add(id);
      write();
      return ids.has(id);
    },
  };
}
