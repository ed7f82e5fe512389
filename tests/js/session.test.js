import assert from "node:assert/strict";
import { test } from "node:test";

import { createActivity } from "../../static/js/annotate/activity.js";
import { createHistory } from "../../static/js/annotate/history.js";
import { createSave } from "../../static/js/annotate/save.js";
import { createSession } from "../../static/js/annotate/session.js";
import { createStore } from "../../static/js/annotate/store.js";
import { createHttp } from "../../static/js/lib/http.js";
import { fakeClock, fakeFetch, fakeStorage, settle } from "./fakes.js";

const urls = { lend: "/lend/", draft: "/a/{id}/draft/", submit: "/a/{id}/submit/", skip: "/a/{id}/skip/", heartbeat: "/a/{id}/beat/", release: "/a/{id}/release/" };

function lendable(id) {
  return {
    id, token: `t${id}`, revision: 0, draft: null, scene: { id, image_url: `/s${id}.jpg`, width: 100, height: 100 },
    objects: [{ proposal: id * 10, box: [0, 0, 1, 1], category: "sofa", score: 0.9, candidates: [{ product: 1 }] }],
  };
}

/** A server that lends scenes 1..total, those it has lent before first, as long as `up`. */
function world({ total = 5, storage = fakeStorage() } = {}) {
  const done = new Set();
  const server = { up: true, bodies: [], lent: [] };
  const network = fakeFetch((method, url, body) => {
    if (!server.up) return "down";
    const id = Number(url.split("/")[2]);
    if (url === "/lend/") {
      if (server.mixed) return [200, { assignments: server.mixed.filter(({ id: one }) => !done.has(one)) }];
      const open = Array.from({ length: total }, (_, i) => i + 1).filter((one) => !done.has(one));
      const lent = open.slice(0, body.want);
      server.lent.push(lent.filter((one) => !body.have.includes(one)));
      return [200, { assignments: server.lent.at(-1).map(lendable) }];
    }
    if (/submit|skip/.test(url)) done.add(id);
    server.bodies.push([url, body]);
    return [200, { revision: 1 }];
  });
  const clock = fakeClock();
  const store = createStore({ view: { selected: null } });
  const events = { scenes: [], empty: [], pictures: [] };
  const beacons = [];
  const http = createHttp({ fetch: network.fetch, cookies: () => "csrftoken=c", sendBeacon: (url, form) => beacons.push([url, Object.fromEntries(form)]) });
  const save = createSave({ http, urls, storage, clock, on: { sent: () => session.refill() } });
  let serial = 0;
  const activity = createActivity({ store, clock });
  const history = createHistory({ storage, campaign: 1 });
  const session = createSession({
    store, save, clock, newUuid: () => `u${(serial += 1)}`, preload: (url) => events.pictures.push(url), activity, history,
    on: { scene: ({ id }) => events.scenes.push(id), empty: (state) => events.empty.push(state), error: () => {}, sent: () => {} },
  });
  const decide = (patch) => store.apply({ update: [{ uuid: store.objects()[0].uuid, patch }] });
  const sent = () => server.bodies.filter(([url]) => /submit|skip/.test(url)).map(([, body]) => body);
  return { session, store, save, server, clock, events, beacons, activity, decide, sent };
}

test("it works", async () => {
  const { session, events, store, server } = world();
  await session.start();
  assert.deepEqual([events.scenes, events.pictures.length], [[1], 3]);
  store.apply({ update: [{ uuid: store.objects()[0].uuid, patch: { grade: "none" } }] });
  session.submit();
  assert.deepEqual(events.scenes, [1, 2], "the next scene is there before the server has answered");
  await settle();
  const [url, body] = server.bodies.find(([path]) => path.includes("submit"));
  assert.equal(url, "/a/1/submit/");
  assert.deepEqual([body.token, body.decisions[0].proposal, body.decisions[0].grade], ["t1", 10, "none"]);
  assert.deepEqual(events.pictures, ["/s1.jpg", "/s2.jpg", "/s3.jpg", "/s4.jpg"]);
});

test("each scene is sent to the page once, however often it asks for more", async () => {
  const { session, server } = world({ total: 5 });
  await session.start();
  for (let count = 0; count < 3; count += 1) {
    session.skip("unsure");
    await settle();
  }
  assert.deepEqual(server.lent, [[1, 2, 3], [4], [5], []]);
});

test("all scenes in turn, none twice, then all done", async () => {
  const { session, events } = world({ total: 5 });
  await session.start();
  for (let count = 0; count < 5; count += 1) {
    session.skip("unsure");
    await settle();
  }
  assert.deepEqual(events.scenes, [1, 2, 3, 4, 5]);
  assert.deepEqual(events.empty.at(-1), { waiting: false });
});

test("offline one works on with what is here, and nothing comes back twice", async () => {
  const { session, events, server, clock, save } = world({ total: 4 });
  await session.start();
  server.up = false;
  for (let count = 0; count < 3; count += 1) session.skip("unsure");
  await settle();
  assert.deepEqual([events.scenes, save.light()], [[1, 2, 3], { state: "offline", waiting: 3 }]);
  assert.deepEqual(events.empty.at(-1), { waiting: true });
  server.up = true;
  await clock.pass(60000);
  assert.deepEqual([events.scenes, save.light().state], [[1, 2, 3, 4], "saved"]);
});

test("a reload in the middle loses nothing", async () => {
  const storage = fakeStorage();
  const before = world({ storage });
  await before.session.start();
  const { uuid } = before.store.objects()[0];
  before.store.apply({ update: [{ uuid, patch: { box: [0, 0, 0.5, 0.5], grade: "exact", product: 1 } }] });
  const after = world({ storage });
  await after.session.start();
  const [object] = after.store.objects();
  assert.deepEqual([object.uuid, object.box, object.grade, object.product], [uuid, [0, 0, 0.5, 0.5], "exact", 1]);
});

test("another tab's state replaces ours when the person says so", async () => {
  const { session, store } = world();
  await session.start();
  session.takeTheirs({ revision: 8, state: { version: 1, objects: [{ uuid: "x", proposal: 10, box: [0, 0, 1, 1], grade: "none" }] } });
  assert.deepEqual([store.objects()[0].uuid, store.objects()[0].grade, session.current().revision], ["x", "none", 8]);
});

test("leaving hands back what nobody has looked at", async () => {
  const { session, beacons } = world();
  await session.start();
  session.release();
  assert.deepEqual(beacons, [2, 3].map((id) => [`/a/${id}/release/`, { csrfmiddlewaretoken: "c", token: `t${id}` }]));
});

test("time away from the page is not counted", async () => {
  const { session, server, clock, activity } = world();
  await session.start();
  await clock.pass(4000);
  activity.pause();
  await clock.pass(60000);
  activity.resume();
  await clock.pass(1000);
  session.submit();
  await settle();
  assert.equal(server.bodies.find(([url]) => url.includes("submit"))[1].seconds, 5);
});

test("from looking far back one comes straight to the work again", async () => {
  const { session } = world();
  await session.start();
  for (let count = 0; count < 3; count += 1) {
    session.skip("unsure");
    await settle();
  }
  assert.equal(session.toWork(), false);
  session.back();
  session.back();
  session.toWork();
  assert.deepEqual([session.current().id, session.amends()], [4, false]);
});

test("a scene that was sent is opened again as it was left, and amended as a new decision", async () => {
  const { session, store, decide, sent, events } = world();
  await session.start();
  decide({ grade: "none" });
  session.submit();
  decide({ grade: "exact", product: 1, picked: { product: 1 } });
  assert.ok(session.back());
  assert.deepEqual([session.current().id, session.amends(), store.objects()[0].grade], [1, true, "none"]);
  decide({ grade: "exact", product: 1 });
  session.submit();
  await settle();
  assert.deepEqual([session.current().id, session.amends(), store.objects()[0].product], [2, false, 1], "the work under way is back, as it was");
  const [first, second] = sent();
  assert.deepEqual([first.amends, second.amends], [null, first.uuid]);
  assert.notEqual(first.decisions[0].uuid, second.decisions[0].uuid);
  assert.equal(second.decisions[0].grade, "exact");
  assert.deepEqual(events.scenes, [1, 2, 1, 2]);
});

test("an amendment can be amended, also by a page that was loaded since", async () => {
  const storage = fakeStorage();
  const before = world({ storage });
  await before.session.start();
  before.decide({ grade: "none" });
  before.session.submit();
  before.session.back();
  before.session.submit();
  await settle();
  const after = world({ storage });
  await after.session.start();
  assert.ok(after.session.back());
  after.session.submit();
  await settle();
  assert.equal(after.sent()[0].amends, before.sent()[1].uuid);
});

test("one walks back through what was sent and forward to the work again", async () => {
  const { session } = world();
  await session.start();
  session.skip("unsure");
  session.skip("unsure");
  const seen = [session.back(), session.current().id, session.back(), session.current().id, session.back(), session.current().id];
  assert.deepEqual(seen, [true, 2, true, 1, false, 1]);
  const forth = [session.forward(), session.current().id, session.forward(), session.current().id, session.forward()];
  assert.deepEqual(forth, [true, 2, true, 3, false]);
});

test("a change to a scene that was sent stays in the browser until it is sent again", async () => {
  const { session, decide, store, server, clock } = world();
  await session.start();
  decide({ grade: "none" });
  session.submit();
  session.back();
  decide({ comment: "wait" });
  session.forward();
  await clock.pass(5000);
  session.back();
  assert.equal(store.objects()[0].comment, "wait");
  assert.deepEqual(server.bodies.filter(([url]) => url === "/a/1/draft/"), []);
});

test("the time on each object goes with its decision, and a long pause counts half a minute", async () => {
  const { session, decide, clock, sent } = world();
  await session.start();
  await clock.pass(90000);
  decide({ grade: "none" });
  session.submit();
  await settle();
  assert.deepEqual([sent()[0].seconds, sent()[0].decisions[0].seconds], [30, 30]);
});

test("all kinds of work are shown in turn, and what the page has no way to show is given back", async () => {
  const { session, store, beacons, server } = world({ total: 0 });
  const burst = { ...lendable(7), kind: "box_burst", scene: null };
  burst.objects = burst.objects.map((object) => ({ ...object, scene: { image_url: "/own.jpg", width: 1, height: 1 } }));
  server.mixed = [{ ...lendable(5), kind: "video" }, burst, { ...lendable(8), kind: "coverage", known: [{ box: [0, 0, 1, 1], category: "lamp" }] }];
  await session.start();
  assert.deepEqual(beacons.map(([url]) => url), ["/a/5/release/"]);
  assert.deepEqual([store.view().kind, store.view().mode, store.view().scene], ["box_burst", "sort", null]);
  session.submit();
  assert.deepEqual([store.view().kind, store.view().mode, store.objects(), store.view().known.length], ["coverage", "browse", [], 2]);
  session.submit();
  assert.deepEqual([store.view().kind, store.view().mode, store.view().known], [null, "idle", []]);
  await settle();
  const bodies = server.bodies.filter(([url]) => url.includes("submit")).map(([, body]) => body.decisions);
  assert.deepEqual([bodies[0].map(({ verdict, grade }) => [verdict, grade]), bodies[1]], [[["confirmed", null]], []]);
});
