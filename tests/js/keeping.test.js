import assert from "node:assert/strict";
import { test } from "node:test";

import { createActivity } from "../../static/js/annotate/activity.js";
import { createHistory } from "../../static/js/annotate/history.js";
import { createPace } from "../../static/js/annotate/pace.js";
import { createStore } from "../../static/js/annotate/store.js";
import { fakeClock, fakeStorage } from "./fakes.js";

function atWork() {
  const clock = fakeClock();
  const store = createStore({ objects: [{ uuid: "a" }, { uuid: "b" }], view: { selected: "a" } });
  const activity = createActivity({ store, clock });
  activity.start();
  return { clock, store, activity, select: (selected) => store.apply({ view: { selected } }) };
}

test("time goes to what is selected while it passes", async () => {
  const { clock, activity, select } = atWork();
  await clock.pass(3000);
  select("b");
  await clock.pass(2000);
  select("a");
  await clock.pass(1500);
  assert.deepEqual(activity.figures(), { seconds: 6.5, spent: { a: 4.5, b: 2 } });
});

test("without a sign of life half a minute counts, with signs all of it", async () => {
  const { clock, activity } = atWork();
  await clock.pass(200000);
  assert.equal(activity.figures().seconds, 30);
  for (let n = 0; n < 10; n += 1) {
    await clock.pass(20000);
    activity.touch();
  }
  assert.equal(activity.figures().seconds, 230);
});

test("time spent before a reload is gone on from", async () => {
  const { clock, activity } = atWork();
  activity.start({ seconds: 7, spent: { b: 7 } });
  await clock.pass(1000);
  assert.deepEqual(activity.figures(), { seconds: 8, spent: { b: 7, a: 1 } });
});

test("the pace is seconds an object, the streak ends with a long break, and both outlive the page", async () => {
  const storage = fakeStorage();
  const clock = fakeClock();
  const pace = createPace({ storage, clock });
  assert.deepEqual(pace.figures(), { seconds: null, streak: 0 });
  pace.sent(30, 5);
  await clock.pass(60000);
  pace.sent(10, 3);
  assert.deepEqual(createPace({ storage, clock }).figures(), { seconds: 5, streak: 2 });
  await clock.pass(301000);
  assert.equal(pace.figures().streak, 0);
  pace.sent(8, 4);
  assert.deepEqual(pace.figures(), { seconds: 4, streak: 1 });
});

test("the history keeps the last twenty of a campaign, in order, each under its newest uuid", () => {
  const storage = fakeStorage();
  const entry = (id, uuid) => ({ assignment: { id }, uuid, kind: "submit", at: id });
  const history = createHistory({ storage, campaign: 1 });
  for (let id = 1; id <= 25; id += 1) history.keep(entry(id, `u${id}`));
  history.keep({ ...entry(10, "again"), at: 99 });
  const again = createHistory({ storage, campaign: 1 });
  assert.deepEqual([again.size(), again.at(0).assignment.id, again.at(19).assignment.id], [20, 6, 25]);
  assert.equal(again.at(again.indexOf(10)).uuid, "again");
  assert.equal(createHistory({ storage, campaign: 2 }).size(), 0);
  again.drop(10);
  assert.equal(createHistory({ storage, campaign: 1 }).indexOf(10), -1);
});
