/** A person's own pace, for their eyes: active seconds an object over the last scenes, and scenes sent without a long break. */

const STORED = "pace";
const KEPT = 20;
const BREAK_MS = 5 * 60 * 1000;

export function createPace({ storage, clock }) {
  const held = JSON.parse(storage.getItem(STORED) ?? "null") ?? { scenes: [], streak: 0, at: 0 };
  let { scenes, streak, at } = held;

  const goesOn = () => clock.now() - at <= BREAK_MS;

  return {
    sent(seconds, objects) {
      streak = goesOn() ? streak + 1 : 1;
      at = clock.now();
      scenes = [...scenes, [seconds, objects]].slice(-KEPT);
      storage.setItem(STORED, JSON.stringify({ scenes, streak, at }));
    },
    /** {seconds: per object or null before the first scene, streak}. */
    figures() {
      const sum = (index) => scenes.reduce((whole, each) => whole + each[index], 0);
      return { seconds: sum(1) ? sum(0) / sum(1) : null, streak: goesOn() ? streak : 0 };
    },
  };
}
