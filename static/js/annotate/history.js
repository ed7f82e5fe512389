/** The scenes that a person has sent from here, newest last, each as it was lent and as it was left: none is out of reach. */

const PREFIX = "history/";
const KEPT = 20;

/** @param {{storage, campaign: number|string}} parts entries are {assignment, draft, uuid, kind: "submit"|"skip", at} */
export function createHistory({ storage, campaign }) {
  const mine = `${PREFIX}${campaign}/`;
  const keyOf = (entry) => `${mine}${entry.assignment.id}`;
  let entries = storage.keys(mine).map((key) => JSON.parse(storage.getItem(key))).toSorted((a, b) => a.at - b.at);

  return {
    size: () => entries.length,
    at: (index) => entries[index],
    indexOf: (assignmentId) => entries.findIndex(({ assignment }) => assignment.id === assignmentId),
    /** Sent for the first time: at the end. Sent again: in its place, under its newest uuid. */
    keep(entry) {
      const known = entries.findIndex(({ assignment }) => assignment.id === entry.assignment.id);
      entries = known < 0 ? [...entries, entry] : entries.with(known, { ...entry, at: entries[known].at });
      storage.setItem(keyOf(entry), JSON.stringify(known < 0 ? entry : entries[known]));
      for (const old of entries.slice(0, -KEPT)) storage.removeItem(keyOf(old));
      entries = entries.slice(-KEPT);
    },
    /** The server refused it: it is no past, it is work. */
    drop(assignmentId) {
      for (const entry of entries.filter(({ assignment }) => assignment.id === assignmentId)) storage.removeItem(keyOf(entry));
      entries = entries.filter(({ assignment }) => assignment.id !== assignmentId);
    },
  };
}
