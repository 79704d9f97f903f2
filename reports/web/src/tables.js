// SPDX-License-Identifier: GPL-2.0-or-later
// Tables that sort by their headings and filter by words.

function keyOf(row, column, numeric) {
  const cell = row.cells[column];
  const text = cell.dataset.sort || (cell.dataset.sort === "" ? "" : cell.textContent.trim());
  if (!numeric) {
    const number = Number(cell.dataset.sort || NaN);
    return Number.isNaN(number) ? text.toLowerCase() : number;
  }
  const number = text === "" || text === "–" ? NaN : Number.parseFloat(text);
  return Number.isNaN(number) ? null : number;
}

/** Rows without a value stay at the end whichever way the others go. */
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Turns the headings of a table into buttons that sort it; "sorted" is sent after each. */
export function sortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const numeric = heading.dataset.type === "number";
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [keyOf(row, column, numeric), row]);
      rows.sort((a, b) => compare(a[0], b[0], descending ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
      table.dispatchEvent(new Event("sorted"));
    });
  });
}

/** Connects the controls above the table of comparisons. `show` gets the numbers of the rows that
 * are visible, in order, now and after every change. */
export function filterable(table, show) {
  const filter = document.getElementById("filter");
  const primaryOnly = document.getElementById("primary-only");
  const count = document.getElementById("row-count");
  const rows = [...table.tBodies[0].rows];
  rows.forEach((row, index) => {
    row.dataset.index = index;
  });
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const primaries = rows.filter((row) => row.dataset.primary === "1").length;
  if (primaries === 0) primaryOnly.closest("label").hidden = true;
  // A long table begins with what the experiment is about; the count beside it says what is not
  // shown.
  primaryOnly.checked = primaries > 0 && rows.length > 24;

  function update() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const visible = [];
    for (const row of table.tBodies[0].rows) {
      const text = texts.get(row);
      row.hidden =
        (primaryOnly.checked && row.dataset.primary !== "1") ||
        !words.every((word) => text.includes(word));
      if (!row.hidden) visible.push(Number(row.dataset.index));
    }
    count.textContent =
      visible.length === rows.length
        ? `${rows.length} rows`
        : `${visible.length} of ${rows.length} rows`;
    show(visible);
  }
  filter.addEventListener("input", update);
  primaryOnly.addEventListener("change", update);
  table.addEventListener("sorted", update);
  update();
}
