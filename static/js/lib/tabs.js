/** Where a row of links has no room for all, the one of the page one is on is moved to its middle; the page itself stays. */

for (const link of document.querySelectorAll('nav > [aria-current="page"]')) {
  const row = link.parentElement;
  const [at, room] = [link, row].map((each) => each.getBoundingClientRect());
  row.scrollLeft += at.left + at.width / 2 - room.left - room.width / 2;
}
