/** What is told of returned work and of training. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { createLessons } from "../../static/js/annotate/lessons.js";

function stage() {
  const asked = [];
  const closed = [];
  const visited = [];
  const lessons = createLessons({
    notices: {
      ask(notice) {
        asked.push(notice);
        return () => closed.push(notice.id);
      },
    },
    t: (key, values = {}) => `${key} ${Object.values(values).join("/")}`.trim(),
    visit: (url) => visited.push(url),
    url: "/lessons/",
  });
  return { asked, closed, visited, lessons };
}

test("it works", () => {
  const { asked, closed, lessons } = stage();
  lessons.scene({ returned: "The blue one.", training: false });
  assert.equal(asked[0].text, "returned The blue one.");
  lessons.scene({ returned: "", training: false });
  assert.deepEqual(closed, ["returned"]);
  assert.equal(asked.length, 1);
});

test("work is answered with nothing, and gold as work", () => {
  const { asked, lessons } = stage();
  lessons.answered({ assignment: 1, annotations: 2 });
  lessons.answered(null);
  lessons.scene({ returned: "", training: false });
  assert.deepEqual(asked, []);
});

test("training is answered at once, with a way to the lessons", () => {
  const { asked, visited, lessons } = stage();
  lessons.scene({ returned: "", training: true });
  assert.equal(asked[0].id, "training");
  lessons.answered({ feedback: [{ right: true }, { right: false }] });
  assert.deepEqual([asked[1].text, asked[1].level], ["feedback 1/2", "warning"]);
  asked[1].choices[0].act();
  assert.deepEqual(visited, ["/lessons/"]);
  lessons.answered({ feedback: [{ right: true }] });
  assert.equal(asked[2].level, "success");
});
