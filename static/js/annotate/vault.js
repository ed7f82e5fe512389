/**
 * What the page must not lose, behind the plain interface of a Storage: reads are at once, from memory, and every
 * write is on its way to the disk before the call returns. Writes to one key while the disk is busy become one. Other
 * tabs of the same person hear of each write, so that none works on what another has finished. Pure.
 */

/**
 * @param {{all: () => Promise<[string, string][]>, write: (entries: [string, string|null][]) => Promise,
 *   leave: (entries) => void}} disk null deletes; `leave` is a write that has no time to wait for the disk
 * @param {{channel?: {postMessage, onmessage}|null, onTrouble?: (error) => void}} parts
 */
export async function openVault(disk, { channel = null, onTrouble = () => {} } = {}) {
  const held = new Map(await disk.all());
  let waiting = new Map();
  let flying = new Map();
  let writing = null;
  let failing = false;

  const remember = (key, value) => (value === null ? held.delete(key) : held.set(key, value));

  async function drain() {
    while (waiting.size) {
      flying = waiting;
      waiting = new Map();
      try {
        await disk.write([...flying]);
        failing = false;
      } catch (error) {
        // Kept for the next write, under whatever came since.
        waiting = new Map([...flying, ...waiting]);
        failing = true;
        onTrouble(error);
        return;
      } finally {
        flying = new Map();
      }
    }
  }

  function write(key, value) {
    remember(key, value);
    waiting.set(key, value);
    channel?.postMessage([key, value]);
    writing ??= drain().finally(() => {
      writing = null;
    });
  }

  if (channel) channel.onmessage = ({ data: [key, value] }) => remember(key, value);

  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => write(key, String(value)),
    removeItem: (key) => held.has(key) && write(key, null),
    keys: (prefix) => [...held.keys()].filter((key) => key.startsWith(prefix)),
    /** True while the disk takes nothing, and what was written lives in memory alone. */
    failing: () => failing,
    /** The page goes away: a browser may drop a write that is under way. */
    leave() {
      const last = new Map([...flying, ...waiting]);
      if (last.size) disk.leave([...last]);
    },
  };
}
