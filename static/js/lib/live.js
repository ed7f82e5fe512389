/**
 * A part of a page that moves: asked for anew every two seconds for as long as it says so itself, and with it whatever has its
 * id as `data-with`, such as the button that set it moving.
 *
 * Where it then holds `[data-rested="SELECTOR"]`, the rest of the page is out of date: it is loaded anew, unless what the
 * selector names is there already and may be in somebody's hand; then that element is shown, which offers it.
 */

const EVERY_MS = 2000;

async function refresh(part) {
  // Nothing changes under a hand that is filling a field in.
  if (document.hidden || part.contains(document.activeElement)) return part;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return part;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh) return part;
  part.replaceWith(fresh);
  for (const other of document.querySelectorAll(`[data-with="${part.id}"]`)) {
    const its = page.getElementById(other.id);
    if (its) other.replaceWith(its);
  }
  return fresh;
}

function rest(part) {
  const offer = part.querySelector("[data-rested]");
  if (!offer) return;
  if (document.querySelector(offer.dataset.rested)) offer.hidden = false;
  else location.reload();
}

async function watch(part) {
  let now = part;
  if (now.dataset.live !== "true") return;
  while (now.dataset.live === "true") {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    try {
      now = await refresh(now);
    } catch (error) {
      // The server restarts or the network is away: the next look tells.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  rest(now);
}

for (const part of document.querySelectorAll("[data-live]")) watch(part);
