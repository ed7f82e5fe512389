/** The four kinds of work and what differs between them. Pure. */

/** Where the keys are while nothing special is open, by kind; what has no home has no page. */
const HOMES = { scene: "browse", coverage: "browse", match_burst: "grid", box_burst: "sort" };

export const isKnown = (assignment) => kindOf(assignment) in HOMES;
export const kindOf = ({ kind }) => kind ?? "scene";
export const homeOf = ({ kind }) => HOMES[kind] ?? "idle";
export const isBurst = (kind) => kind === "match_burst" || kind === "box_burst";

/** The scene that an object stands in: its own in a burst, else the one on the page. */
export const sceneOf = (view, object) => object.scene ?? view.scene;

/** Every picture that is seen at first sight of an assignment, each once. */
export function picturesOf({ scene, objects }) {
  if (scene) return [scene.image_url];
  const urls = objects.flatMap(({ scene: own, candidates }) => [own.image_url, candidates[0]?.image_url]);
  return [...new Set(urls.filter(Boolean))];
}
