/**
 * The tags that wait for the owner, page by page, and what was ruled on them. A ruled tag stays where it is with a mark,
 * so that nothing moves under the hand; it may be ruled again, and everything can be taken back step by step. Pure.
 */

const BATCH = 200;

/**
 * @param {{load: ({before, product, limit}) => Promise<{results, next}>, put: (entry) => void, newUuid: () => string,
 *   changed: () => void, preload?: (cards) => void}} parts `put` takes {uuid, kind: "rule"|"undo", body} on its way to the
 *   server, in order; `preload` hears of the page after
 */
export function createQueue({ load, put, newUuid, changed, preload = () => {} }) {
  let pages = [];
  let at = 0;
  let selected = null;
  let product = null;
  let past = [];
  let ruled = 0;
  let loading = null;
  let coming = null;

  const page = () => pages[at] ?? { cards: [], next: null };
  const cards = () => page().cards;
  const cardOf = (tag) => pages.flatMap((one) => one.cards).find((card) => card.tag === tag);
  const open = () => cards().filter((card) => !card.ruling);
  const current = () => cards().find((card) => card.tag === selected) ?? null;

  function select(tag) {
    selected = tag;
    changed();
  }

  /** The next open card after the selected one, going round; where none is open the selection stays. */
  function step(direction) {
    const all = cards();
    const from = all.findIndex((card) => card.tag === selected);
    for (let hop = 1; hop <= all.length; hop += 1) {
      const card = all[(((from + hop * direction) % all.length) + all.length) % all.length];
      if (!card.ruling) return card.tag;
    }
    return selected;
  }

  async function fetchPage(before) {
    const { results, next } = await load({ before, product: product?.product ?? null });
    return { cards: results.map((card) => ({ ...card, ruling: null })), next };
  }

  function once(run) {
    loading ??= run().finally(() => {
      loading = null;
      changed();
    });
    changed();
    return loading;
  }

  /** Asks for the page after the last one, once; where that fails it is asked for again when it is needed. */
  function ahead() {
    const last = pages.at(-1);
    if (!last || last.next === null || at < pages.length - 1) return;
    const mine = fetchPage(last.next);
    coming = mine;
    mine.then(({ cards: found }) => preload(found), () => {
      if (coming === mine) coming = null;
    });
  }

  async function restart() {
    coming = null;
    pages = [await fetchPage(null)];
    at = 0;
    selected = cards()[0]?.tag ?? null;
    ahead();
  }

  async function turn(to) {
    if (to < 0 || (to >= pages.length && page().next === null)) return false;
    if (to >= pages.length) {
      const waited = coming ?? fetchPage(page().next);
      coming = null;
      pages.push(await waited);
    }
    at = to;
    selected = open()[0]?.tag ?? cards()[0]?.tag ?? null;
    ahead();
    return true;
  }

  /** Sends one step, in batches that the server takes; what it did to the cards here can be taken back as one. */
  function send(items) {
    for (let from = 0; from < items.length; from += BATCH) {
      const rulings = items.slice(from, from + BATCH).map(({ before, ...item }) => item);
      put({ uuid: newUuid(), kind: "rule", body: { rulings } });
    }
    past.push({ at, items: items.map(({ uuid, tag, before }) => ({ uuid, tag, before })) });
    ruled += items.length;
  }

  function itemOf(card, { ruling, picked = null, wrong = false, reason = "" }) {
    const before = { ruling: card.ruling, product: card.product };
    const item = {
      uuid: newUuid(), tag: card.tag, ruling, product: picked?.product ?? null, wrong, reason, shown: card.product.product, before,
    };
    card.ruling = { ruling, wrong };
    if (picked) card.product = picked;
    return item;
  }

  return {
    cards, current, select, open,
    view: () => ({ at, selected, product, ruled, loading: Boolean(loading), more: page().next !== null, pages: pages.length }),
    start: () => once(restart),
    /** Only the tags of one product (a product card), or all with null. */
    only(card) {
      product = card;
      return once(restart);
    },
    /** Moves the selection by so many cards, staying on the page. */
    move(steps) {
      const all = cards();
      if (!all.length) return;
      const from = Math.max(all.findIndex((card) => card.tag === selected), 0);
      select(all[Math.min(Math.max(from + steps, 0), all.length - 1)].tag);
    },
    toOpen: (direction) => select(step(direction)),
    turn: (by) => once(() => turn(at + by)),
    /** Rules on the selected tag and goes on to the next that is open. False where nothing is selected. */
    rule(said) {
      const card = current();
      if (!card) return false;
      send([itemOf(card, said)]);
      selected = step(1);
      changed();
      return true;
    },
    /** Rules on all of the page that is still open. Returns how many. */
    rulePage(said) {
      const items = open().map((card) => itemOf(card, said));
      if (items.length) send(items);
      changed();
      return items.length;
    },
    /** Rules on every open tag that shows the selected product, on this page and on those to come. Resolves to how many. */
    async ruleProduct(said) {
      const card = current();
      if (!card) return 0;
      const wanted = card.product.product;
      const here = pages.flatMap((one) => one.cards);
      const known = new Set(here.map(({ tag }) => tag));
      const items = here.filter((one) => !one.ruling && one.product.product === wanted).map((one) => itemOf(one, said));
      await once(async () => {
        // What comes next was asked for before these were ruled.
        coming = null;
        for (let before = null, more = true; more; more = before !== null) {
          const found = await load({ before, product: wanted, limit: BATCH });
          for (const other of found.results) if (!known.has(other.tag)) items.push(itemOf({ ...other, ruling: null }, said));
          before = found.next;
        }
      });
      if (items.length) send(items);
      selected = step(1);
      changed();
      return items.length;
    },
    /** Takes the last step back, on whichever page it was. Returns how many rulings that were. */
    undo() {
      const last = past.pop();
      if (!last) return 0;
      const items = last.items.toReversed();
      for (let from = 0; from < items.length; from += BATCH) {
        const rulings = items.slice(from, from + BATCH).map(({ uuid }) => ({ uuid: newUuid(), ruling: uuid }));
        put({ uuid: newUuid(), kind: "undo", body: { rulings } });
      }
      for (const { tag, before } of items) Object.assign(cardOf(tag) ?? {}, before);
      at = Math.min(last.at, Math.max(pages.length - 1, 0));
      selected = cards().find((card) => items.some(({ tag }) => tag === card.tag))?.tag ?? selected;
      ruled -= items.length;
      changed();
      return items.length;
    },
    /** The server did not take these rulings: the cards are open again, and nothing is there to take back. */
    refused(uuids) {
      const gone = new Set(uuids);
      for (const { items } of past) {
        for (const { uuid, tag, before } of items) if (gone.has(uuid)) Object.assign(cardOf(tag) ?? {}, before);
      }
      past = past.map((one) => ({ ...one, items: one.items.filter(({ uuid }) => !gone.has(uuid)) })).filter(({ items }) => items.length);
      ruled = Math.max(ruled - gone.size, 0);
      changed();
    },
  };
}
