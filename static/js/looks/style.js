/** How the widget looks. A page may set the --looktag-... properties on the element; the rest is its own affair. */

const LIGHT = `
  --surface: #fff; --raised: #fff; --sunken: #eceae5; --ink: #1d1f1e; --faint: #626763; --line: #dedbd4; --strong: #8b8f8a;
  --accent: var(--looktag-accent, #0d6a59); --on-accent: var(--looktag-on-accent, #fff); --accent-soft: #dff0ea;
  --focus: #0b74d6; --shadow: 0 1px 2px rgb(30 28 20 / 7%), 0 4px 16px rgb(30 28 20 / 5%);
  --shadow-high: 0 -2px 10px rgb(30 28 20 / 8%), 0 18px 50px rgb(30 28 20 / 22%); color-scheme: light;`;
const DARK = `
  --surface: #1b1e1d; --raised: #232726; --sunken: #0e100f; --ink: #eceeec; --faint: #979e99; --line: #313634; --strong: #747c77;
  --accent: var(--looktag-accent-dark, #58c4a9); --on-accent: var(--looktag-on-accent-dark, #06231b); --accent-soft: #16352d;
  --focus: #6cb6ff; --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 4px 16px rgb(0 0 0 / 25%);
  --shadow-high: 0 -2px 10px rgb(0 0 0 / 40%), 0 18px 50px rgb(0 0 0 / 60%); color-scheme: dark;`;

export const STYLE = `
:host { display: block; ${LIGHT} --radius: var(--looktag-radius, 10px);
  font: 15px/1.5 var(--looktag-font, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif);
  color: var(--ink); text-align: start; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${DARK} } }
:host([theme="dark"]) { ${DARK} }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
h1, h2, h3, p { margin: 0; line-height: 1.25; }
h1, h2 { font-size: 22px; letter-spacing: -.012em; text-wrap: balance; }
button, a { -webkit-tap-highlight-color: transparent; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.faint { color: var(--faint); }

.look { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); align-items: start; }
.look[data-wide="true"] { grid-template-columns: minmax(0, 1fr) 340px; gap: 24px; }
.look-picture { margin: 0; display: flex; justify-content: center; }
.look-frame { position: relative; width: min(100%, calc((100dvh - 120px) * var(--ratio, 1))); aspect-ratio: var(--ratio, 1); overflow: hidden; border-radius: var(--radius); background: var(--sunken); box-shadow: var(--shadow); }
.look:not([data-wide="true"]) .look-frame { width: 100%; }
.look-frame > img, .look-frame ::slotted(img) { display: block; width: 100% !important; height: 100% !important; object-fit: cover; }
.look-dots { position: absolute; inset: 0; pointer-events: none; }
.look-outline { position: absolute; border: 2px solid #fff; border-radius: 10px; box-shadow: 0 0 0 1px rgb(0 0 0 / 40%), inset 0 0 0 1px rgb(0 0 0 / 25%), 0 0 0 2000px rgb(0 0 0 / 18%); pointer-events: none; opacity: 0; transition: opacity .18s; }
.look-outline[data-on="true"] { opacity: 1; }

/* The dot is small to the eye and 44 px wide to the finger. */
.look-dot { position: absolute; width: 44px; height: 44px; margin: -22px 0 0 -22px; padding: 0; border: 0; border-radius: 50%; background: none; cursor: pointer; pointer-events: auto; touch-action: manipulation; }
.look-dot::before { content: ""; position: absolute; inset: 13px; border-radius: 50%; background: #fff; box-shadow: 0 0 0 5px rgb(255 255 255 / 38%), 0 1px 6px rgb(0 0 0 / 50%); transition: transform .14s; }
.look-dot::after { content: ""; position: absolute; inset: 18px; border-radius: 50%; background: #14352c; transition: transform .14s; }
.look-dot:hover::before, .look-dot[aria-expanded="true"]::before, .look-dot[data-on="true"]::before { transform: scale(1.25); }
.look-dot[aria-expanded="true"]::after { background: #0d6a59; transform: scale(1.4); }
.look-dot:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: inset 0 0 0 3px var(--focus); }

.look-side { position: relative; min-width: 0; }
.look-head p { margin-top: 4px; }
.look-products { display: grid; gap: 8px; margin: 16px 0 0; padding: 0; list-style: none; }
.look:not([data-wide="true"]) .look-products { grid-template-columns: repeat(auto-fill, minmax(min(280px, 100%), 1fr)); }
.look-product { display: grid; grid-template-columns: 72px minmax(0, 1fr); gap: 12px; align-items: center; width: 100%; padding: 8px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); color: inherit; font: inherit; text-align: start; cursor: pointer; transition: border-color .14s; }
.look-product:hover, .look-product[data-on="true"] { border-color: var(--accent); }
.look-product-picture { width: 72px; height: 72px; padding: 4px; object-fit: contain; border-radius: 5px; background: #fff; }
.look-product-words { display: grid; gap: 2px; }
.look-product-title { display: -webkit-box; overflow: hidden; overflow-wrap: anywhere; font-weight: 600; line-height: 1.3; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.look-product-words .faint { font-size: 13px; }

/* Sideways is ours, up and down the browser's; on the bar both are ours. */
.look-drawer { display: grid; gap: 12px; touch-action: pan-y; background: var(--raised); overflow-wrap: anywhere; }
.look[data-wide="true"] .look-drawer { padding: 16px; border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow); animation: appear .16s ease-out; }
.look:not([data-wide="true"]) .look-drawer { position: fixed; z-index: 2147483000; left: 0; right: 0; bottom: 0; max-height: 84dvh; padding: 10px 18px calc(18px + env(safe-area-inset-bottom)); overflow: auto; overscroll-behavior: contain; border-top: 1px solid var(--line); border-radius: 16px 16px 0 0; box-shadow: var(--shadow-high); animation: rise .2s ease-out; }
.look-bar { display: flex; align-items: center; gap: 4px; touch-action: none; }
.look-bar .faint { flex: 1; font-size: 13px; font-variant-numeric: tabular-nums; }
.look:not([data-wide="true"]) .look-bar { position: sticky; top: -10px; z-index: 1; padding-top: 8px; background: var(--raised); }
.look:not([data-wide="true"]) .look-bar::before { content: ""; position: absolute; top: 0; left: 50%; width: 40px; height: 4px; margin-left: -20px; border-radius: 2px; background: var(--strong); opacity: .6; }
.look-card { display: grid; gap: 8px; }
.look-card h3 { font-size: 19px; letter-spacing: -.01em; }
.look-card-picture { width: 100%; aspect-ratio: 1; padding: 20px; object-fit: contain; border: 1px solid var(--line); border-radius: var(--radius); background: #fff; }
.look:not([data-wide="true"]) .look-card-picture { aspect-ratio: 16 / 10; }
.look-badge { justify-self: start; padding: 3px 10px; border-radius: 20px; background: var(--accent-soft); color: var(--accent); font-size: 13px; font-weight: 600; }
.price { font-size: 22px; font-weight: 650; letter-spacing: -.01em; }
.look-button { display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 44px; padding: 8px 14px; border: 1px solid var(--line); border-radius: 8px; background: none; color: inherit; font: inherit; font-weight: 550; text-decoration: none; cursor: pointer; }
.look-button:hover { border-color: var(--strong); }
.look-button-main { margin-top: 4px; border-color: transparent; background: var(--accent); color: var(--on-accent); }
.look-button[aria-pressed="true"] { color: var(--accent); border-color: var(--accent); }
.look-button[aria-pressed="true"] svg { fill: currentColor; }
.look-icon { min-width: 44px; padding: 0; border-color: transparent; border-radius: 50%; }
.look-icon:disabled { opacity: .35; cursor: default; border-color: transparent; }
.look-deeds { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
@keyframes appear { from { transform: translateX(12px); opacity: 0; } }
@keyframes rise { from { transform: translateY(32px); opacity: 0; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
`;
