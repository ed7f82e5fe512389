import assert from "node:assert/strict";
import { test } from "node:test";

import { openVault } from "../../static/js/annotate/vault.js";
import { settle } from "./fakes.js";

/** A disk that takes its time: each write waits for `go()`, which may be told to fail. */
function slowDisk(kept = []) {
  const disk = { written: [], left: [], turns: [] };
  disk.all = async () => kept;
  disk.write = (entries) => new Promise((resolve, reject) => {
    disk.written.push(entries);
    disk.turns.push((error) => (error ? reject(error) : resolve()));
  });
  disk.leave = (entries) => disk.left.push(...entries);
  disk.go = async (error) => {
    disk.turns.shift()(error);
    await settle();
  };
  return disk;
}

test("it works", async () => {
  const disk = slowDisk([["draft/1", "old"]]);
  const vault = await openVault(disk);
  assert.equal(vault.getItem("draft/1"), "old");
  vault.setItem("draft/2", "new");
  assert.equal(vault.getItem("draft/2"), "new", "read back before the disk has it");
  assert.deepEqual(disk.written, [[["draft/2", "new"]]], "on its way before the call returned");
  vault.removeItem("draft/1");
  assert.deepEqual([vault.getItem("draft/1"), vault.keys("draft/")], [null, ["draft/2"]]);
  await disk.go();
  assert.deepEqual(disk.written[1], [["draft/1", null]]);
});

test("a drag is few writes, and the last value is among them", async () => {
  const disk = slowDisk();
  const vault = await openVault(disk);
  for (const n of [1, 2, 3, 4]) vault.setItem("draft/1", n);
  await disk.go();
  await disk.go();
  assert.deepEqual(disk.written, [[["draft/1", "1"]], [["draft/1", "4"]]]);
});

test("a disk that refuses loses nothing: the next write takes it along", async () => {
  const disk = slowDisk();
  const troubles = [];
  const vault = await openVault(disk, { onTrouble: (error) => troubles.push(error.message) });
  vault.setItem("a", 1);
  await disk.go(new Error("full"));
  assert.deepEqual([troubles, vault.failing(), vault.getItem("a")], [["full"], true, "1"]);
  vault.setItem("b", 2);
  await disk.go();
  assert.deepEqual([disk.written.at(-1), vault.failing()], [[["a", "1"], ["b", "2"]], false]);
});

test("a page that goes away in mid-write leaves all that the disk has not taken", async () => {
  const disk = slowDisk();
  const vault = await openVault(disk);
  vault.leave();
  assert.deepEqual(disk.left, []);
  vault.setItem("a", 1);
  vault.setItem("a", 2);
  vault.setItem("b", 3);
  vault.leave();
  assert.deepEqual(disk.left, [["a", "2"], ["b", "3"]]);
});

test("another tab hears of it at once", async () => {
  const tabs = [{}, {}];
  tabs[0].postMessage = (data) => tabs[1].onmessage({ data });
  tabs[1].postMessage = (data) => tabs[0].onmessage({ data });
  const [one, two] = await Promise.all(tabs.map((channel) => openVault(slowDisk(), { channel })));
  one.setItem("outbox/u1", "x");
  assert.equal(two.getItem("outbox/u1"), "x");
  two.removeItem("outbox/u1");
  assert.equal(one.getItem("outbox/u1"), null);
});
