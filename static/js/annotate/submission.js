/** Sending a scene: everything must be decided; what is missing is named and selected. */

import { isHidden } from "./sight.js";

/** @param {{store, actions, session, say, nameOf, campaign: {bulk_confirm?: boolean}}} parts */
export function createSubmission({ store, actions, session, say, nameOf, campaign }) {
  return {
    /**
     * `confirmAll` first confirms each undecided proposal in sight with its highlighted candidate, where the campaign
     * allows it. What the threshold hides holds the scene back until it is rejected or shown: neither goes unsaid.
     */
    send({ confirmAll = false } = {}) {
      if (!store.view().scene) return;
      if (confirmAll && campaign.bulk_confirm !== false) actions.confirmAll();
      const missing = actions.missing();
      const seen = missing.filter((object) => !isHidden(store.view(), object));
      if (!seen.length && actions.tellHidden()) return;
      if (seen.length) {
        const objects = store.objects();
        const names = seen.map((object) => `${objects.indexOf(object) + 1} ${nameOf(object.category)}`);
        actions.select(seen[0].uuid);
        say("missing", { n: seen.length, names: names.join(", ") });
        return;
      }
      const amended = session.amends();
      session.submit();
      say(amended ? "amended" : "submitted");
    },
  };
}
