import assert from "node:assert/strict";
import { test } from "node:test";

import { createSave } from "../../static/js/annotate/save.js";
import { createHttp } from "../../static/js/lib/http.js";
import { fakeClock, fakeFetch, fakeStorage, settle } from "./fakes.js";

const urls = {
  lend: "/lend/", draft: "/a/{id}/draft/", submit: "/a/{id}/submit/", skip: "/a/{id}/skip/", retrieve: "/a/{id}/retrievals/",
  retrieval: "/r/{id}/", search: "/search/", heartbeat: "/a/{id}/heartbeat/", release: "/a/{id}/release/",
};
const lent = (revision = 0) => ({ id: 7, token: "t", revision });
const state = (n) => ({ version: 1, saved_at: n, seconds: 1, objects: [] });

function world(answer, { storage = fakeStorage(), on } = {}) {
  const network = fakeFetch(answer);
  const clock = fakeClock();
  const http = createHttp({ fetch: network.fetch, cookies: () => "a=1; csrftoken=secret%3D; b=2" });
  return { clock, storage, calls: network.calls, save: createSave({ http, urls, storage, clock, on }) };
}

test("it works", async () => {
  const { save, calls, clock } = world(() => [201, {}]);
  save.submit(lent(), "u1", { seconds: 3, decisions: [] });
  await clock.pass(0);
  assert.deepEqual(calls[0].body, { uuid: "u1", token: "t", seconds: 3, decisions: [] });
  assert.equal(calls[0].url, "/a/7/submit/");
  assert.equal(calls[0].headers["X-CSRFToken"], "secret=");
  assert.deepEqual(save.light(), { state: "saved", waiting: 0 });
});

test("a submission is sent again with the same uuid until it arrives", async () => {
  let down = true;
  const sent = [];
  const { save, calls, clock } = world(() => (down ? "down" : [200, {}]), { on: { sent: (entry) => sent.push(entry.uuid) } });
  save.submit(lent(), "u1", { seconds: 3, decisions: [] });
  await clock.pass(3500);
  assert.deepEqual(save.light(), { state: "offline", waiting: 1 });
  down = false;
  await clock.pass(30000);
  assert.ok(calls.length >= 3 && calls.every(({ body }) => body.uuid === "u1"));
  assert.deepEqual([sent, save.light().state], [["u1"], "saved"]);
});

test("what waits outlives the page", async () => {
  const storage = fakeStorage();
  const first = world(() => "down", { storage });
  first.save.skip(lent(), "u2", { reason: "bad_image" });
  await settle();
  const second = world(() => [200, {}], { storage });
  assert.ok(second.save.outbox.holds(7));
  await second.save.flush();
  assert.deepEqual(second.calls[0].body, { uuid: "u2", token: "t", reason: "bad_image" });
  assert.equal(second.save.outbox.size(), 0);
});

test("a refusal is told and set aside, and does not hold up the next", async () => {
  const refused = [];
  const answer = (_, url) => (url.includes("/7/") ? [410, { error: { code: "lease_over", message: "Too late." } }] : [201, {}]);
  const { save, calls } = world(answer, { on: { refused: (entry, error) => refused.push([entry.uuid, error.code]) } });
  save.submit(lent(), "u1", {});
  save.submit({ ...lent(), id: 8 }, "u2", {});
  await settle();
  assert.deepEqual(refused, [["u1", "lease_over"]]);
  assert.deepEqual(save.outbox.refused().map(({ uuid }) => uuid), ["u1"]);
  assert.equal(calls.at(-1).body.uuid, "u2");
});

test("two tabs never write over each other's work", async () => {
  const storage = fakeStorage();
  const tabs = [world(() => "down", { storage }), world(() => "down", { storage })];
  tabs.forEach(({ save }, index) => save.submit({ ...lent(), id: index }, `u${index}`, {}));
  await settle();
  assert.deepEqual(world(() => "down", { storage }).save.outbox.size(), 2);
});

test("what another person's session had refused is tried again with the next page", async () => {
  const storage = fakeStorage();
  const answer = (status) => () => [status, { error: { code: "no", message: "" } }];
  const first = world(answer(404), { storage });
  first.save.submit(lent(), "u1", {});
  first.save.submit(lent(), "u2", {});
  await settle();
  assert.deepEqual([first.save.outbox.size(), first.save.outbox.refused().length], [0, 2]);
  const second = world(() => [201, {}], { storage });
  await second.save.flush();
  assert.deepEqual(second.calls.map(({ body }) => body.uuid), ["u1", "u2"]);
  assert.equal(second.save.outbox.refused().length, 0);
});

test("what is refused by page after page is let be, and kept", async () => {
  const storage = fakeStorage();
  const asked = [];
  for (let page = 0; page < 6; page += 1) {
    const { save, calls } = world(() => [404, { error: { code: "not_found", message: "" } }], { storage });
    if (page === 0) save.submit(lent(), "u1", {});
    await save.flush();
    asked.push(calls.length);
  }
  assert.deepEqual(asked, [1, 1, 1, 1, 0, 0]);
  assert.equal(storage.keys("refused/").length, 1);
});

test("a refusal of what one may not do is no sign-out", async () => {
  const answers = { csrf: "CSRF Failed: token incorrect.", role: "This is for annotator accounts." };
  for (const [name, message] of Object.entries(answers)) {
    const { save } = world(() => [403, { error: { code: "permission_denied", message } }]);
    save.submit(lent(), "u1", {});
    await settle();
    assert.equal(save.light().state, name === "csrf" ? "signed_out" : "saved", name);
  }
});

test("after a sign-in in place what waits is sent with the fresh token", async () => {
  let token = "old";
  const network = fakeFetch(() => (token === "old" ? [403, { error: { code: "not_authenticated", message: "" } }] : [201, {}]));
  const forms = [];
  const fetch = async (url, options) => {
    if (url !== "/login/") return network.fetch(url, options);
    forms.push(Object.fromEntries(options.body));
    if (options.body.get("password") !== "right") return new Response("", { status: 200 });
    token = "new";
    return { type: "opaqueredirect", ok: false, status: 0 };
  };
  const http = createHttp({ fetch, cookies: () => `csrftoken=${token}` });
  const save = createSave({ http, urls, storage: fakeStorage(), clock: fakeClock() });
  save.submit(lent(), "u1", {});
  await settle();
  assert.equal(await save.signIn("/login/", "ann", "wrong"), false);
  assert.equal(await save.signIn("/login/", "ann", "right"), true);
  await settle();
  assert.deepEqual(forms[0], { csrfmiddlewaretoken: "old", username: "ann", password: "wrong" });
  assert.deepEqual([network.calls.at(-1).headers["X-CSRFToken"], network.calls.at(-1).body.uuid, save.light().state], ["new", "u1", "saved"]);
});

test("a filter rides along in searches and retrievals, as far as it was said", async () => {
  const { save, calls, clock } = world((method) => [200, method === "POST" ? { id: "r" } : { state: "done", results: [], candidates: [] }]);
  const filter = { brand: "Acme", price_min: null, price_max: 20 };
  await save.search({ q: "oak", vertical: "home", category: "sofa", filter });
  const found = save.retrieve(lent(), { box: [0, 0, 1, 1], category: "sofa", filter });
  await clock.pass(1000);
  await found;
  assert.equal(calls[0].url, "/search/?q=oak&vertical=home&category=sofa&brand=Acme&price_max=20");
  assert.deepEqual(calls[1].body, { token: "t", box: [0, 0, 1, 1], category: "sofa", brand: "Acme", price_max: 20 });
});

test("signed out is said, and nothing is dropped", async () => {
  const { save } = world(() => [403, { error: { code: "signed_out", message: "" } }]);
  save.submit(lent(), "u1", {});
  await settle();
  assert.deepEqual(save.light(), { state: "signed_out", waiting: 1 });
});

test("a draft is local at once, one request for many changes, and follows the revision", async () => {
  let revision = 0;
  const { save, calls, clock } = world(() => [200, { revision: (revision += 1) }]);
  save.drafts.follow(lent());
  for (const n of [1, 2, 3]) save.drafts.save(state(n));
  assert.equal(save.drafts.local(7).saved_at, 3);
  assert.equal(calls.length, 0);
  await clock.pass(2000);
  save.drafts.save(state(4));
  await clock.pass(2000);
  assert.deepEqual(calls.map(({ body }) => [body.revision, body.state.saved_at]), [[0, 3], [1, 4]]);
  assert.equal(save.light().state, "saved");
});

test("a draft is sent later when the network is back, and it is the newest one", async () => {
  let down = true;
  const { save, calls, clock } = world(() => (down ? "down" : [200, { revision: 1 }]));
  save.drafts.follow(lent());
  save.drafts.save(state(1));
  await clock.pass(2000);
  assert.deepEqual(save.light(), { state: "offline", waiting: 1 });
  save.drafts.save(state(2));
  down = false;
  await clock.pass(5000);
  assert.equal(calls.at(-1).body.state.saved_at, 2);
  assert.equal(save.light().state, "saved");
});

test("another tab's draft stops ours until the person has chosen", async () => {
  const theirs = [];
  let stale = true;
  const answer = () => (stale ? [409, { error: { code: "stale" }, revision: 5, state: state(9) }] : [200, { revision: 6 }]);
  const { save, calls, clock } = world(answer, { on: { conflict: (found) => theirs.push(found) } });
  save.drafts.follow(lent());
  save.drafts.save(state(1));
  await clock.pass(20000);
  assert.equal(calls.length, 1);
  assert.deepEqual(theirs, [{ revision: 5, state: state(9) }]);
  stale = false;
  await save.drafts.overrule(5);
  assert.deepEqual([calls[1].body.revision, calls[1].body.state.saved_at], [5, 1]);
  assert.equal(save.light().state, "saved");
});

test("a lease that ran out and came back empty takes our draft as it is", async () => {
  const { save, calls, clock } = world((_, __, { revision }) =>
    (revision === 3 ? [409, { error: { code: "conflict" }, revision: 0, state: null }] : [200, { revision: 1 }]));
  save.drafts.follow({ ...lent(), revision: 3 });
  save.drafts.save(state(1));
  await clock.pass(20000);
  assert.deepEqual(calls.map(({ body }) => [body.revision, body.state.saved_at]), [[3, 1], [0, 1]]);
  assert.equal(save.light().state, "saved");
});

test("a draft whose answer was lost is no other tab's", async () => {
  let kept = null;
  const theirs = [];
  const answer = (_, __, { revision, state: sent }) => {
    if (kept && revision !== 1) return [409, { error: { code: "conflict" }, revision: 1, state: kept }];
    const heard = kept !== null;
    kept = sent;
    return heard ? [200, { revision: 2 }] : "down";
  };
  const { save, calls, clock } = world(answer, { on: { conflict: (found) => theirs.push(found) } });
  save.drafts.follow(lent());
  save.drafts.save(state(1));
  await clock.pass(1300);
  save.drafts.save(state(2));
  await clock.pass(20000);
  assert.deepEqual([theirs, kept.saved_at, save.light().state], [[], 2, "saved"]);
  assert.deepEqual(calls.map(({ body }) => body.revision), [0, 0, 1]);
});

test("what this page itself sent just before a reload is no other tab", async () => {
  const theirs = [];
  const answer = (_, __, { revision }) =>
    (revision === 5 ? [200, { revision: 6 }] : [409, { error: { code: "stale" }, revision: 5, state: state(1) }]);
  const { save, calls, clock } = world(answer, { on: { conflict: (found) => theirs.push(found) } });
  save.drafts.follow(lent(4), state(1));
  save.drafts.save(state(2));
  await clock.pass(5000);
  assert.deepEqual(theirs, []);
  assert.deepEqual(calls.map(({ body }) => [body.revision, body.state.saved_at]), [[4, 2], [5, 2]]);
  assert.equal(save.light().state, "saved");
});

test("the answer to a draft of a scene that is gone touches nothing", async () => {
  const { save, clock } = world(() => "down");
  save.drafts.follow(lent());
  save.drafts.save(state(1));
  clock.pass(2000);
  save.drafts.follow({ ...lent(), id: 8 });
  await clock.pass(5000);
  assert.equal(save.light().state, "saved");
});

test("a retrieval is asked once and polled until it is done", async () => {
  let polls = 0;
  const answer = (method) => {
    if (method === "POST") return [202, { id: "r1" }];
    polls += 1;
    return [200, polls < 3 ? { state: "waiting", candidates: [] } : { state: "done", candidates: [{ product: 5 }] }];
  };
  const { save, calls, clock } = world(answer);
  const found = save.retrieve(lent(), { box: [0, 0, 1, 1], category: "sofa" });
  await clock.pass(5000);
  assert.deepEqual(await found, [{ product: 5 }]);
  assert.deepEqual(calls.map(({ method, url }) => `${method} ${url}`), ["POST /a/7/retrievals/", ...Array(3).fill("GET /r/r1/")]);
});

test("a failed retrieval is an error with the worker's words", async () => {
  const { save, clock } = world((method) => (method === "POST" ? [202, { id: "r" }] : [200, { state: "failed", error: "no index" }]));
  const outcome = assert.rejects(save.retrieve(lent(), { box: [0, 0, 1, 1], category: "sofa" }), /no index/);
  await clock.pass(1000);
  await outcome;
});
