/** What a shopper does with a look, told to the server in batches. What does not arrive is sent again, and counts once. */

const PAUSE_MS = 1000;
const BATCH = 100;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;

/**
 * @param {{send: (body: string) => Promise<{status: number, wait: number}>, token: string, uuid: () => string,
 *   later?: Function}} parts `send` rejects where the server cannot be reached; `wait` is what it says to wait, in ms
 * @returns {{log: (kind: string, tag: number) => void, flush: () => Promise<unknown>, waiting: () => number}}
 */
export function createEvents({ send, token, uuid, later = setTimeout }) {
  const told = new Set();
  let waiting = [];
  let timed = false;
  let wait = FIRST_WAIT_MS;

  function plan(milliseconds) {
    if (timed) return;
    timed = true;
    later(() => {
      timed = false;
      flush();
    }, milliseconds);
  }

  async function sendBatch() {
    const batch = waiting.slice(0, BATCH);
    waiting = waiting.slice(batch.length);
    let answer = null;
    try {
      answer = await send(JSON.stringify({ token, events: batch }));
    } catch (error) {
      // The network is away, or the server; whether it has arrived nobody knows, and sent again it counts once.
      if (!(error instanceof TypeError || error?.name === "TimeoutError")) throw error;
    }
    const refused = answer === null || answer.status === 429 || answer.status >= 500;
    if (refused) {
      waiting = [...batch, ...waiting];
      plan(Math.max(answer?.wait ?? 0, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      return;
    }
    // Anything else that is no yes will be no yes the next time: the token has run out, or is none.
    wait = FIRST_WAIT_MS;
  }

  /** All that waits, at once: the page may be gone before an earlier batch is answered. */
  function flush() {
    const batches = [];
    while (waiting.length) batches.push(sendBatch());
    return Promise.all(batches);
  }

  function log(kind, tag) {
    const key = `${kind}/${tag}`;
    if (told.has(key)) return;
    told.add(key);
    waiting.push({ uuid: uuid(), kind, tag });
    plan(PAUSE_MS);
  }

  return { log, flush, waiting: () => waiting.length };
}
