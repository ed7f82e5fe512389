/** What a curator or the training tells an annotator: why work came back, and at once how a test was answered. */

/** @param {{notices, t: Function, visit: (url: string) => void, url: string}} parts `url` leads to the lessons with pictures */
export function createLessons({ notices, t, visit, url }) {
  let close = () => {};
  const choices = [{ label: t("dismiss"), act: () => {} }];
  return {
    /** A scene is on the page. */
    scene({ returned, training }) {
      close();
      close = () => {};
      if (returned) close = notices.ask({ id: "returned", text: t("returned", { reason: returned }), choices });
      else if (training) close = notices.ask({ id: "training", level: "info", text: t("training"), choices });
    },
    /** The server has taken a submission; only training is answered with more than that. */
    answered(answer) {
      const feedback = answer?.feedback;
      if (!feedback) return;
      const right = feedback.filter((each) => each.right).length;
      notices.ask({
        id: "feedback", level: right === feedback.length ? "success" : "warning",
        text: t("feedback", { right, n: feedback.length }),
        choices: [{ label: t("see_lessons"), act: () => visit(url) }, ...choices],
      });
    },
  };
}
