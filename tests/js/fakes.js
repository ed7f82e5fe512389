/** What the network, the clock and the browser's storage are in these tests. */

export function fakeStorage() {
  const held = new Map();
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, String(value)), removeItem: (key) => held.delete(key) };
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
