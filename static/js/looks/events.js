/** What a shopper does with a look, told to the server in batches by beacon: it arrives even while the page goes away. */

const PAUSE_MS = 1000;

/**
 * @param {{url: string, token: string, sendBeacon: Function, uuid: () => string, later?: Function}} parts
 * @returns {{log: (kind: string, tag: number) => void, flush: () => void}} each kind counts once a tag
 */
export function createEvents({ url, token, sendBeacon, uuid, later = setTimeout }) {
  const told = new Set();
  let waiting = [];
  let timed = false;

  function flush() {
    timed = false;
    if (!waiting.length) return;
    const batch = waiting;
    waiting = [];
    // Text needs no leave from the server, so the same script works on a client's own site.
    const body = new Blob([JSON.stringify({ token, events: batch })], { type: "text/plain" });
    if (!sendBeacon(url, body)) waiting = [...batch, ...waiting];
  }

  function log(kind, tag) {
    const key = `${kind}/${tag}`;
    if (told.has(key)) return;
    told.add(key);
    waiting.push({ uuid: uuid(), kind, tag });
    if (!timed) {
      timed = true;
      later(flush, PAUSE_MS);
    }
  }

  return { log, flush };
}
