/** The browser's own storage as `vault.js` wants it: IndexedDB, else localStorage, else memory alone. */

const STORE = "kept";

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const finished = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = transaction.onerror = () => reject(transaction.error);
});

async function indexed(factory, storage, name) {
  const opening = factory.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  // Somebody clears the site's data: give way, or their request waits for this tab.
  database.onversionchange = () => database.close();
  const lastWords = `${name}/left`;
  return {
    async all() {
      const left = JSON.parse(storage.getItem(lastWords) ?? "[]");
      if (left.length) await this.write(left);
      storage.removeItem(lastWords);
      const store = database.transaction(STORE).objectStore(STORE);
      const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
      return keys.map((key, index) => [key, values[index]]);
    },
    write(entries) {
      // A power cut may cost the last second of a draft, which the server has too; finished work it must not cost.
      const durability = entries.some(([key]) => key.startsWith("outbox/")) ? "strict" : "relaxed";
      const transaction = database.transaction(STORE, "readwrite", { durability });
      const store = transaction.objectStore(STORE);
      for (const [key, value] of entries) {
        if (value === null) store.delete(key);
        else store.put(value, key);
      }
      return finished(transaction);
    },
    leave(entries) {
      const before = JSON.parse(storage.getItem(lastWords) ?? "[]");
      storage.setItem(lastWords, JSON.stringify([...before, ...entries]));
    },
  };
}

function plain(storage, name) {
  const prefix = `${name}/kept/`;
  return {
    all: async () => Object.keys(storage).filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), storage.getItem(key)]),
    async write(entries) {
      for (const [key, value] of entries) {
        if (value === null) storage.removeItem(prefix + key);
        else storage.setItem(prefix + key, value);
      }
    },
    // A write to localStorage is over when it returns.
    leave: () => {},
  };
}

/** @param {(error) => void} onTrouble told when the better storage is not to be had, as in some private windows */
export async function openDisk(name, onTrouble) {
  try {
    return await indexed(window.indexedDB, window.localStorage, name);
  } catch (error) {
    onTrouble(error);
  }
  try {
    window.localStorage.setItem(`${name}/tried`, "");
    return plain(window.localStorage, name);
  } catch (error) {
    onTrouble(error);
    return { all: async () => [], write: async () => {}, leave: () => {} };
  }
}
