/** A person's own keys: mended when read, kept in the browser at once and with the account as soon as it can be reached. */

import { worthRetrying } from "../lib/http.js";
import { BINDINGS } from "./bindings.js";
import { bindingsOf, clashes } from "./keymap.js";
import { PRESETS } from "./presets.js";

const STORED = "keys";
const RETRY_MS = 20000;
const FRESH = Object.freeze({ preset: "default", overrides: {}, letters: true });

const isChords = (value) => Array.isArray(value) && value.every((chord) => typeof chord === "string" && chord);

/**
 * A map that surely works, made of whatever was stored or imported: unknown presets and commands are left out, and so
 * are overrides that clash, since a newer registry may have given their key to something else.
 */
export function soundKeys(given) {
  const wanted = given && typeof given === "object" ? given : {};
  const known = new Set(BINDINGS.map(({ id }) => id));
  const preset = Object.hasOwn(PRESETS, wanted.preset ?? "") ? wanted.preset : FRESH.preset;
  const pairs = Object.entries(wanted.overrides ?? {}).filter(([id, keys]) => known.has(id) && isChords(keys));
  let own = { preset, overrides: Object.fromEntries(pairs), letters: wanted.letters !== false };
  for (let [clash] = clashes(bindingsOf(own)); clash; [clash] = clashes(bindingsOf(own))) {
    const at = clash.ids.findLast((id) => id in own.overrides);
    const { [at]: dropped, ...overrides } = own.overrides;
    own = { ...own, overrides: dropped ? overrides : {} };
  }
  return own;
}

/** @throws {Error} when the text is no exported map; the message is for people. */
export function importKeys(text) {
  const given = JSON.parse(text);
  if (!given || typeof given !== "object" || typeof given.overrides !== "object" || !Object.hasOwn(PRESETS, given.preset)) {
    throw new Error("not a map of keys");
  }
  return soundKeys(given);
}

export const exportKeys = (own) => `${JSON.stringify({ looktag_keys: 1, ...own }, null, 2)}\n`;

/**
 * @param {{storage, given: object|null, put: ((own) => Promise)|null, clock: {later, cancel}}} parts `given` is what the
 *   account holds; `put` is null where the server keeps no keys.
 */
export function createOwnKeys({ storage, given, put, clock }) {
  const stored = JSON.parse(storage.getItem(STORED) ?? "null");
  // What never reached the account is newer than what it holds.
  let own = soundKeys(stored?.unsent || !given ? stored?.own ?? given : given);
  let timer = null;

  function keep(unsent) {
    storage.setItem(STORED, JSON.stringify({ own, unsent }));
  }

  async function send() {
    const sent = own;
    try {
      await put(sent);
      if (sent === own) keep(false);
    } catch (error) {
      if (sent === own && worthRetrying(error)) timer = clock.later(send, RETRY_MS);
      return error;
    }
    return null;
  }

  if (put && stored?.unsent) timer = clock.later(send, 0);

  return {
    get: () => own,
    /** Resolves to the error that kept the account from having it, or to null. */
    set(next) {
      own = next;
      keep(Boolean(put));
      if (timer !== null) clock.cancel(timer);
      timer = null;
      return put ? send() : Promise.resolve(null);
    },
    fresh: FRESH,
  };
}
