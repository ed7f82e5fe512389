/** Sending a scene: everything must be decided; what is missing is named and selected. */

import { isBurst } from "./kinds.js";
import { isHidden } from "./sight.js";

/** @param {{store, actions, strikes, session, say, nameOf, campaign: {bulk_confirm?: boolean}}} parts */
export function createSubmission({ store, actions, strikes, session, say, nameOf, campaign }) {
  return {
    /**
     * `confirmAll` first confirms each undecided proposal in sight with its highlighted candidate, where the campaign
     * allows it. What the threshold hides holds the scene back until it is rejected or shown: neither goes unsaid. In a
     * burst all is confirmed already, but for what was struck: that wants an answer.
     */
    send({ confirmAll = false } = {}) {
      const { kind } = store.view();
      if (!kind) return;
      if (confirmAll && !isBurst(kind) && campaign.bulk_confirm !== false) actions.confirmAll();
      const missing = actions.missing();
      const seen = missing.filter((object) => !isHidden(store.view(), object));
      if (!seen.length && actions.tellHidden()) return;
      if (seen.length) {
        const objects = store.objects();
        const names = seen.map((object) => `${objects.indexOf(object) + 1} ${nameOf(object.category)}`);
        if (!strikes.openMissing()) actions.select(seen[0].uuid);
        say(isBurst(kind) ? "still_struck" : "missing", { n: seen.length, names: names.join(", ") });
        return;
      }
      const amended = session.amends();
      session.submit();
      say(amended ? "amended" : "submitted");
    },
  };
}
