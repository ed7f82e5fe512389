/** What lies inside a line drawn by hand, or in a circle. Pure: plain numbers in, places of points out. */

/** Even-odd rule: a ray to the right crosses the outline an odd number of times (Shimrat 1962). `outline` is [[x, y], ...]. */
export function inside(outline, x, y) {
  let within = false;
  for (let here = 0, before = outline.length - 1; here < outline.length; before = here, here += 1) {
    const [ax, ay] = outline[here];
    const [bx, by] = outline[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/** Places of the points in an outline; one of fewer than three corners holds none. */
export function lassoed(points, outline) {
  if (outline.length < 3) return [];
  return [...points.x.keys()].filter((at) => inside(outline, points.x[at], points.y[at]));
}

/** Places of the points no farther than `radius` from (x, y). */
export function circled(points, x, y, radius) {
  return [...points.x.keys()].filter((at) => (points.x[at] - x) ** 2 + (points.y[at] - y) ** 2 <= radius ** 2);
}
