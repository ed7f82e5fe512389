/** What the network, the clock and the browser's storage are in these tests. */

export function fakeStorage() {
  const held = new Map();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => held.set(key, String(value)),
    removeItem: (key) => held.delete(key),
    keys: (prefix) => [...held.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/** Time that stands still until `pass(ms)`. */
export function fakeClock() {
  let time = 0;
  let serial = 0;
  let timers = [];
  const later = (run, ms) => {
    serial += 1;
    timers.push({ id: serial, at: time + ms, run });
    return serial;
  };
  return {
    later,
    now: () => time,
    cancel: (id) => {
      timers = timers.filter((timer) => timer.id !== id);
    },
    wait: (ms) => new Promise((resolve) => later(resolve, ms)),
    async pass(ms) {
      const end = time + ms;
      await settle();
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        time = Math.max(time, due.at);
        due.run();
        await settle();
      }
      time = end;
    },
  };
}

/** Lets every promise that can go on go on. */
export async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An element as far as geometry and listeners go: `send(name, fields)` is an event on it. */
export function fakeStage({ width = 1000, height = 700 } = {}) {
  const listeners = {};
  const target = { closest: () => null };
  return {
    clientWidth: width, clientHeight: height,
    getBoundingClientRect: () => ({ left: 0, top: 0 }),
    setPointerCapture() {},
    addEventListener: (name, listener) => (listeners[name] = listener),
    removeEventListener: (name) => delete listeners[name],
    send: (name, fields) => listeners[name]({
      button: 0, pointerId: 1, pointerType: "mouse", timeStamp: 0, deltaMode: 0, deltaX: 0, target, preventDefault() {}, ...fields,
    }),
  };
}

/** Numbers in 0..1 that are the same in every run (mulberry32). */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {(method, path, body) => [status, body] | "down"} answer */
export function fakeFetch(answer) {
  const calls = [];
  const fetch = async (url, { method, headers, body }) => {
    const data = body === undefined ? undefined : JSON.parse(body);
    calls.push({ method, url, headers, body: data });
    const given = answer(method, url, data);
    if (given === "down") throw new TypeError("fetch failed");
    return new Response(JSON.stringify(given[1]), { status: given[0], headers: { "content-type": "application/json" } });
  };
  return { fetch, calls };
}
