/** The widget's parts without a page: events are told until they arrive and count once, and only what was seen is told. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { createEvents } from "../../static/js/looks/events.js";
import { createSaved } from "../../static/js/looks/saved.js";
import { createSeen } from "../../static/js/looks/seen.js";
import { createServer, visitorOf, waitOf } from "../../static/js/looks/server.js";
import { fill, TEXTS, textsOf } from "../../static/js/looks/texts.js";

/** A clock that goes when it is told to. */
function clock() {
  const due = [];
  return {
    later: (call, milliseconds) => { due.push({ call, milliseconds }); return due.at(-1); },
    never: (each) => { const at = due.indexOf(each); if (at >= 0) due.splice(at, 1); },
    async pass() {
      for (const each of [...due]) {
        if (!due.includes(each)) continue;
        due.splice(due.indexOf(each), 1);
        each.call();
      }
      for (let turn = 0; turn < 8; turn += 1) await null;
    },
    waits: () => due.map(({ milliseconds }) => milliseconds),
  };
}

function eventsWith(answers) {
  const time = clock();
  const sent = [];
  let number = 0;
  const send = async (body) => {
    sent.push(JSON.parse(body));
    const answer = answers.shift() ?? { status: 200, wait: 0 };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { time, sent, events: createEvents({ send, token: "t", uuid: () => `u${number += 1}`, later: time.later }) };
}

test("it works: a batch, each kind once a tag", async () => {
  const { time, sent, events } = eventsWith([]);
  events.log("impression", 1);
  events.log("impression", 2);
  events.log("impression", 1);
  events.log("click", 1);
  assert.equal(sent.length, 0);
  await time.pass();
  assert.deepEqual(sent, [{ token: "t", events: [
    { uuid: "u1", kind: "impression", tag: 1 }, { uuid: "u2", kind: "impression", tag: 2 },
    { uuid: "u3", kind: "click", tag: 1 },
  ] }]);
  assert.equal(events.waiting(), 0);
});

for (const [name, answer] of [
  ["the network is away", new TypeError("Failed to fetch")],
  ["the server is down", { status: 503, wait: 0 }],
  ["the server is busy", { status: 429, wait: 0 }],
]) {
  test(`nothing is lost while ${name}, and it is the same event`, async () => {
    const { time, sent, events } = eventsWith([answer, answer]);
    events.log("click", 7);
    await time.pass();
    assert.equal(events.waiting(), 1);
    await time.pass();
    await time.pass();
    assert.equal(events.waiting(), 0);
    assert.equal(sent.length, 3);
    assert.deepEqual(new Set(sent.map((body) => JSON.stringify(body))).size, 1);
  });
}

test("it waits as long as the server says, and ever longer", async () => {
  const { time, events } = eventsWith([{ status: 429, wait: 30_000 }, { status: 503, wait: 0 }, { status: 503, wait: 0 }]);
  events.log("click", 7);
  await time.pass();
  assert.deepEqual(time.waits(), [30_000]);
  await time.pass();
  assert.deepEqual(time.waits(), [4000]);
  await time.pass();
  assert.deepEqual(time.waits(), [8000]);
});

test("what the server will never take is not sent for ever", async () => {
  const { time, sent, events } = eventsWith([{ status: 400, wait: 0 }]);
  events.log("click", 7);
  await time.pass();
  assert.equal(events.waiting(), 0);
  assert.equal(sent.length, 1);
  assert.deepEqual(time.waits(), []);
});

test("many go in several batches, in order", async () => {
  const { time, sent, events } = eventsWith([]);
  for (let tag = 1; tag <= 230; tag += 1) events.log("impression", tag);
  for (let round = 0; round < 4; round += 1) await time.pass();
  assert.deepEqual(sent.map((body) => body.events.length), [100, 100, 30]);
  assert.deepEqual(sent.flatMap((body) => body.events.map((each) => each.tag)), Array.from({ length: 230 }, (_, n) => n + 1));
});

test("the last words do not wait for an answer to earlier ones", () => {
  const sent = [];
  const send = (body) => { sent.push(JSON.parse(body).events.length); return new Promise(() => {}); };
  let number = 0;
  const events = createEvents({ send, token: "t", uuid: () => `u${number += 1}`, later: () => {} });
  events.log("impression", 1);
  events.flush();
  for (let tag = 2; tag <= 120; tag += 1) events.log("impression", tag);
  events.flush();
  assert.deepEqual(sent, [1, 100, 19]);
  assert.equal(events.waiting(), 0);
});

test("an error of our own is not swallowed as the network's", async () => {
  const { events } = eventsWith([new RangeError("ours")]);
  events.log("click", 1);
  await assert.rejects(events.flush(), RangeError);
});

function watching() {
  const time = clock();
  const seen = [];
  const page = { visible: true };
  let call;
  const watched = new Set();
  class Observer {
    constructor(callback) { call = callback; }
    observe(node) { watched.add(node); }
    unobserve(node) { watched.delete(node); }
    disconnect() { watched.clear(); }
  }
  const watcher = createSeen({
    observer: Observer, onSeen: (key) => seen.push(key), visible: () => page.visible, later: time.later, never: time.never,
  });
  return { time, seen, page, watched, watcher, look: (target, intersectionRatio) => call([{ target, intersectionRatio }]) };
}

test("a tag is seen after a while, once, by dot or card", async () => {
  const { time, seen, watched, watcher, look } = watching();
  watcher.watch("dot", 1);
  watcher.watch("card", 1);
  watcher.watch("other", 2);
  look("dot", 0.8);
  look("card", 0.6);
  assert.deepEqual(seen, []);
  await time.pass();
  assert.deepEqual(seen, [1]);
  assert.deepEqual([...watched], ["other"]);
});

test("what flits by is not seen", async () => {
  const { time, seen, watcher, look } = watching();
  watcher.watch("dot", 1);
  look("dot", 0.9);
  look("dot", 0.2);
  await time.pass();
  assert.deepEqual(seen, []);
  look("dot", 0.4);
  await time.pass();
  assert.deepEqual(seen, []);
});

test("a page behind others shows nothing, until it comes forward", async () => {
  const { time, seen, page, watcher, look } = watching();
  watcher.watch("dot", 1);
  page.visible = false;
  look("dot", 1);
  await time.pass();
  await time.pass();
  assert.deepEqual(seen, []);
  page.visible = true;
  await time.pass();
  assert.deepEqual(seen, [1]);
});

test("stopped, it says nothing more", async () => {
  const { time, seen, watcher, look } = watching();
  watcher.watch("dot", 1);
  look("dot", 1);
  watcher.stop();
  await time.pass();
  assert.deepEqual(seen, []);
});

function serverOn(page, answer) {
  const asked = [];
  const fetch = async (url, options = {}) => {
    asked.push({ url: String(url), ...options });
    return answer;
  };
  const look = new URL("https://tags.example/api/looks/12/");
  return { asked, server: createServer({ look, page, fetch, visitor: () => "v1" }) };
}

const LOOK = {
  ok: true, status: 200,
  json: async () => ({
    scene: { image_url: "/media/a.jpg" },
    tags: [{ tag: 1, image_url: "/media/b.jpg" }, { tag: 2, image_url: null }, { tag: 3, image_url: "https://cdn.example/c.jpg" }],
  }),
};

test("at home the cookie says who looks, elsewhere the page does", async () => {
  const home = serverOn("https://tags.example", LOOK);
  await home.server.load();
  assert.equal(home.asked[0].url, "https://tags.example/api/looks/12/");
  assert.equal(home.asked[0].credentials, "same-origin");
  const away = serverOn("https://blog.example", LOOK);
  const look = await away.server.load();
  assert.equal(away.asked[0].url, "https://tags.example/api/looks/12/?visitor=v1");
  assert.equal(away.asked[0].credentials, "omit");
  assert.equal(look.scene.image_url, "https://tags.example/media/a.jpg");
  assert.deepEqual(look.tags.map((tag) => tag.image_url),
    ["https://tags.example/media/b.jpg", null, "https://cdn.example/c.jpg"]);
});

test("events go as text to the same house, and outlive the page", async () => {
  const { asked, server } = serverOn("https://blog.example", { status: 429, headers: new Headers({ "Retry-After": "7" }) });
  assert.deepEqual(await server.send("{}"), { status: 429, wait: 7000 });
  const { url, method, keepalive, headers, credentials } = asked[0];
  assert.deepEqual([url, method, keepalive, credentials], ["https://tags.example/api/events/", "POST", true, "omit"]);
  assert.equal(headers["Content-Type"], "text/plain");
});

test("what a server says to wait may be anything", () => {
  for (const [said, wait] of [["3", 3000], ["", 0], ["-1", 0], ["soon", 0], ["Infinity", 0]]) {
    assert.equal(waitOf(new Headers({ "Retry-After": said })), wait);
  }
  assert.equal(waitOf(new Headers()), 0);
});

function box() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
}

const forbidden = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };

test("a visitor stays the same, or is new where nothing is kept", () => {
  const storage = box();
  let number = 0;
  const uuid = () => `a-${number += 1}`;
  assert.equal(visitorOf(() => storage, uuid), "a1");
  assert.equal(visitorOf(() => storage, uuid), "a1");
  assert.equal(visitorOf(forbidden, uuid), "a2");
});

test("saved products are kept, whatever was in their place", () => {
  const storage = box();
  const first = createSaved(() => storage);
  assert.deepEqual([5, 6, 5].map(first.toggle), [true, true, false]);
  assert.deepEqual([5, 6].map(createSaved(() => storage).has), [false, true]);
  for (const junk of ["{", "7", '["x", null]']) {
    storage.setItem("looktag.saved", junk);
    assert.equal(createSaved(() => storage).has(6), false);
  }
  const nowhere = createSaved(forbidden);
  nowhere.toggle(1);
  assert.equal(nowhere.has(1), true);
});

test("texts are the element's own where it has them", () => {
  const texts = textsOf({ textOpen: "Zeige {title}", part: "widget" });
  assert.equal(fill(texts.open, { title: "Sofa {n}" }), "Zeige Sofa {n}");
  assert.equal(texts.close, TEXTS.close);
  assert.equal(fill("{a} {b}", { a: 0 }), "0 {b}");
});
