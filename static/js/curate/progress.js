/** The overview watches its verticals: figures, the bar, the time left, and whether any worker is there. */

const EVERY_MS = 2000;
const EVERY_HIDDEN_MS = 20000;

function timeLeft(progress, texts) {
  if (!progress.waiting) return "";
  if (progress.seconds_left === null) return texts.textStill;
  if (progress.seconds_left < 5) return texts.textSoon;
  if (progress.seconds_left < 100) return texts.textSeconds.replace("{n}", Math.round(progress.seconds_left));
  return texts.textMinutes.replace("{n}", Math.round(progress.seconds_left / 60));
}

function show(section, progress) {
  for (const figure of section.querySelectorAll("[data-figure]")) {
    figure.textContent = progress[figure.dataset.figure];
  }
  section.querySelector('[data-figure="failed"]').dataset.warn = String(progress.failed > 0);
  const bar = section.querySelector("progress");
  bar.max = Math.max(progress.eligible, 1);
  bar.value = progress.done;
  const left = section.querySelector("[data-left]");
  left.textContent = timeLeft(progress, left.dataset);
  section.querySelector("[data-no-worker]").hidden = progress.worker !== false;
}

async function watch(section) {
  try {
    const response = await fetch(section.dataset.progress, { headers: { Accept: "application/json" } });
    // Signed out in another tab: reloading leads to the sign-in page.
    if (response.status === 401 || response.status === 403) return;
    if (response.ok) show(section, await response.json());
  } catch (error) {
    // The server restarts or the network is away: the next look tells.
    if (!(error instanceof TypeError)) throw error;
  }
  setTimeout(() => watch(section), document.hidden ? EVERY_HIDDEN_MS : EVERY_MS);
}

for (const section of document.querySelectorAll("[data-progress]")) watch(section);
