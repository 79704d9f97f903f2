// SPDX-License-Identifier: GPL-2.0-or-later
// Brings the page to life: sorting, filtering, charts. Without it the page is complete but still.
// Everything in the data is text of guests and users: it goes into text nodes, never into markup.
import { drawBoots } from "./boots.js";
import { drawFlame } from "./flame.js";
import { drawForest } from "./forest.js";
import { drawSweep } from "./sweep.js";
import { filterable, sortable } from "./tables.js";

const data = JSON.parse(document.getElementById("data").textContent);
document.documentElement.classList.add("script");

for (const table of document.querySelectorAll("table.sortable")) sortable(table);

const forestElement = document.getElementById("forest");
if (forestElement) {
  const show = drawForest(forestElement, data);
  filterable(document.getElementById("comparisons"), show);
}
if (document.getElementById("sweep-chart")) drawSweep(data);
if (document.getElementById("boots-chart")) drawBoots(data);
for (const box of document.querySelectorAll(".flame[data-profile]"))
  drawFlame(box, data, Number(box.dataset.profile));

/** A link into something folded opens it. */
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}
addEventListener("hashchange", unfold);
unfold();
// What is folded is printed all the same, but for long texts.
const folded = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.why:not([open])")) {
    details.open = true;
    folded.push(details);
  }
});
addEventListener("afterprint", () => {
  for (const details of folded.splice(0)) details.open = false;
});
document.documentElement.dataset.ready = "1";
