/** What of a scene is in sight, and in which order it is walked: the threshold hides the unsure, the order may put them first. */

import { isDrawn, isUndecided } from "./decisions.js";
import { isBurst } from "./kinds.js";

/** An undecided proposal below the threshold. What is selected is always in sight: nobody decides unseen. */
export function isHidden(view, object) {
  if (!view.threshold || isBurst(view.kind) || object.uuid === view.selected || isDrawn(object) || !isUndecided(object)) return false;
  return object.score < view.threshold;
}

/** How sure the models are of an object, for sorting: its box first, then its best product. Drawn boxes are sure. */
function sureness({ score, candidates }) {
  return [score ?? 2, candidates[0]?.score ?? 0];
}

/** All objects in the order in which they are walked; `uncertain` puts the least sure first. */
export function inOrder(view, objects) {
  if (view.order !== "uncertain") return objects;
  const keys = new Map(objects.map((object) => [object.uuid, sureness(object)]));
  return objects.toSorted((a, b) => {
    const [p, q] = [keys.get(a.uuid), keys.get(b.uuid)];
    return p[0] - q[0] || p[1] - q[1];
  });
}

export const inSight = (view, objects) => inOrder(view, objects).filter((object) => !isHidden(view, object));

export const hiddenOnes = (view, objects) => objects.filter((object) => isHidden(view, object));

const lowered = (text) => (text ?? "").toLowerCase();

export const isFiltering = (filter) => Boolean(filter && Object.values(filter).some((value) => value !== "" && value !== null));

/** Whether a product passes the filter {brand, price_min, price_max}; a product without a price passes no price. */
export function passes({ brand, price_min: least, price_max: most }, product) {
  if (brand && !lowered(product.brand).startsWith(brand.toLowerCase())) return false;
  if (least === null && most === null) return true;
  const price = product.price === null || product.price === undefined || product.price === "" ? NaN : Number(product.price);
  return price >= (least ?? -Infinity) && price <= (most ?? Infinity);
}
