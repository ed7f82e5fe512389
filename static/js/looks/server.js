/** The look API as the widget asks it: from the same house with its cookie, from elsewhere with a visitor of its own. */

const VISITOR = "looktag.visitor";
const PATIENCE_MS = 15_000;

/** A random visitor, kept by the site that shows the widget; where a browser keeps nothing, for this page alone. */
export function visitorOf(storage, uuid) {
  try {
    const kept = storage().getItem(VISITOR);
    if (kept) return kept;
    const made = uuid().replaceAll("-", "");
    storage().setItem(VISITOR, made);
    return made;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return uuid().replaceAll("-", "");
  }
}

/** What the server says to wait, in milliseconds; nothing where it does not say. */
export function waitOf(headers) {
  const seconds = Number(headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/**
 * @param {{look: URL, page: string, fetch: typeof fetch, visitor: () => string}} parts `look` is the address of a look,
 *   `page` the origin of the page
 */
export function createServer({ look, page, fetch, visitor }) {
  const athome = look.origin === page;
  const events = new URL("../../events/", look);
  const credentials = athome ? "same-origin" : "omit";

  return {
    /** The look, with addresses that hold on any page. */
    async load() {
      const asked = new URL(look);
      if (!athome) asked.searchParams.set("visitor", visitor());
      const response = await fetch(asked, {
        headers: { Accept: "application/json" }, credentials, signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!response.ok) throw new Error(`The look answered ${response.status}.`);
      const body = await response.json();
      const whole = (address) => (address ? new URL(address, look).href : null);
      return {
        ...body,
        scene: { ...body.scene, image_url: whole(body.scene.image_url) },
        tags: body.tags.map((tag) => ({ ...tag, image_url: whole(tag.image_url) })),
      };
    },

    /** Text needs no leave from the server, and `keepalive` lets it arrive while the page goes away. */
    async send(body) {
      const response = await fetch(events, {
        method: "POST", body, credentials, keepalive: true, headers: { "Content-Type": "text/plain" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return { status: response.status, wait: waitOf(response.headers) };
    },
  };
}
