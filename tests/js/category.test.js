import assert from "node:assert/strict";
import { test } from "node:test";

import { rankCategories } from "../../static/js/annotate/category.js";

const categories = ["Bed linen", "Kitchen appliance", "Lighting", "Linen basket"].map((name) => ({ name, slug: name.toLowerCase() }));
const found = (typed) => rankCategories(categories, typed).map(({ name }) => name);

test("it works", () => assert.deepEqual(found("li"), ["Lighting", "Linen basket", "Bed linen", "Kitchen appliance"]));

test("nothing typed is everything in order", () => assert.deepEqual(found("  "), categories.map(({ name }) => name)));

test("what is nowhere finds nothing", () => assert.deepEqual(found("zebra"), []));
