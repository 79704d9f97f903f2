// SPDX-License-Identifier: GPL-2.0-or-later
// Brings the page to life: sorting, filtering, charts. Without it the page is complete but still.
// Everything in the data is text of guests and users: it goes into text nodes, never into markup.
import { drawBoots } from "./boots.js";
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
document.documentElement.dataset.ready = "1";
