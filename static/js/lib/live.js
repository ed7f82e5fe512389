/** A part of a page that moves: asked for anew every two seconds for as long as it says so itself. */

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
  return fresh;
}

async function watch(part) {
  let now = part;
  while (now.dataset.live === "true") {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    try {
      now = await refresh(now);
    } catch (error) {
      // The server restarts or the network is away: the next look tells.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

for (const part of document.querySelectorAll("[data-live]")) watch(part);
