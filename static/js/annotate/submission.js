/** Sending a scene: everything must be decided; what is missing is named and selected. */

/** @param {{store, actions, session, say, nameOf, campaign: {bulk_confirm?: boolean}}} parts */
export function createSubmission({ store, actions, session, say, nameOf, campaign }) {
  return {
    /** `confirmAll` first confirms each undecided proposal with its highlighted candidate, where the campaign allows it. */
    send({ confirmAll = false } = {}) {
      if (!store.view().scene) return;
      if (confirmAll && campaign.bulk_confirm !== false) actions.confirmAll();
      const missing = actions.missing();
      if (missing.length) {
        const objects = store.objects();
        const names = missing.map((object) => `${objects.indexOf(object) + 1} ${nameOf(object.category)}`);
        actions.select(missing[0].uuid);
        say("missing", { n: missing.length, names: names.join(", ") });
        return;
      }
      session.submit();
      say("submitted");
    },
  };
}
