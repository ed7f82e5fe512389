/** The two questions of two versions: of a draft that another tab saved, and of work that was sent from elsewhere before. */

import { cellOf, restore, stateOf } from "./decisions.js";
import { isBurst, kindOf } from "./kinds.js";

/** @param {{conflict, store, session: () => object, history, save, clock, newUuid, t}} parts */
export function createVersions({ conflict, store, session, history, save, clock, newUuid, t }) {
  const shown = (objects, kind) => objects.map((object) =>
    ({ box: object.box, scene: object.scene, state: isBurst(kind) ? cellOf(object) : stateOf(object) }));

  /** Decisions as the server keeps them. */
  function said(decisions, { objects }) {
    const sceneOf = new Map(objects.map(({ proposal, scene }) => [proposal, scene]));
    return decisions.map(({ box, verdict, proposal }) => ({ box, scene: sceneOf.get(proposal), state: verdict }));
  }

  return {
    /** Another tab or computer saved this work meanwhile. */
    ofDraft(theirs) {
      const { scene, kind } = store.view();
      conflict.ask({
        scene, reason: t("conflict"),
        versions: [
          { name: "mine", label: t("keep_mine"), boxes: shown(store.objects(), kind), take: () => session().keepOurs(theirs) },
          {
            name: "theirs", label: t("take_theirs"), boxes: shown(restore(session().current(), theirs.state, newUuid), kind),
            take: () => session().takeTheirs(theirs),
          },
        ],
      });
    },
    /** The work was sent from elsewhere before. */
    ofSubmission(entry, { assignment, draft }, theirs) {
      const decisions = entry.body.decisions.map((decision) => ({ ...decision, uuid: newUuid() }));
      const again = { ...entry.body, decisions, amends: theirs.submission };
      conflict.ask({
        scene: isBurst(kindOf(assignment)) ? null : assignment.scene, reason: t("sent_elsewhere"),
        versions: [
          {
            name: "mine", label: t("send_mine"), boxes: said(entry.body.decisions, assignment),
            take() {
              const uuid = newUuid();
              history.keep({ assignment, draft, uuid, kind: "submit", at: clock.now() });
              save.submit(assignment, uuid, again);
            },
          },
          { name: "theirs", label: t("keep_theirs"), boxes: said(theirs.decisions, assignment), take: () => {} },
        ],
      });
    },
  };
}
