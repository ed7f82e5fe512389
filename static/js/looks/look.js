/** The page of a look: the same widget that other sites show, in the colours that the page has been given. */

import "./widget.js";
import { part } from "../lib/dom.js";

const look = part("widget");
const root = document.documentElement;
const follow = () => look.setAttribute("theme", root.dataset.theme);

new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
follow();
