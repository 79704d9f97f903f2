// SPDX-License-Identifier: GPL-2.0-or-later
// A difference flame graph: the call stacks of two arms laid over each other, root on top. Width is
// a share of the samples, colour how that share changed. One tab stop; arrows walk the tree.

const rowHeight = 18;
const leastWidth = 0.4; // Pixels: less is not drawn.
const svgNames = "http://www.w3.org/2000/svg";

const svg = (tag, attributes) => {
  const element = document.createElementNS(svgNames, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const html = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
const points = (share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${Math.abs(share * 100).toFixed(2)} points`;

const instructions = (count) =>
  `${count > 0 ? "+" : count < 0 ? "−" : ""}${Math.abs(count).toLocaleString("en")} instructions`;

let graphs = 0;

/** Draws data.profiles[index] into `box`. */
export function drawFlame(box, data, index) {
  const profile = data.profiles[index];
  if (profile.nodes.length === 0) {
    box.append(html("p", "The call stacks are more than this page has room for."));
    return;
  }
  const arms = [data.baseline, data.arms[profile.arm]];
  // Of the instrument: instructions, as shares of the larger arm's, so that what both execute is
  // equally wide. Of perf: millionths of each arm's samples.
  const { exact } = profile;
  const whole = exact ? Math.max(profile.base, profile.samples) : 1e6;
  const nodes = profile.nodes.map(([frame, parent, base, arm], id) => ({
    id, name: profile.frames[frame], base: base / whole, arm: arm / whole, children: [],
    parent: id === 0 ? null : parent, depth: 0,
  }));
  for (const node of nodes.slice(1)) {
    node.depth = nodes[node.parent].depth + 1;
    nodes[node.parent].children.push(node);
  }
  const change = (node) => node.arm - node.base;
  const widths = {
    both: (node) => (node.base + node.arm) / 2,
    base: (node) => node.base,
    arm: (node) => node.arm,
  };
  let zoomed = nodes[0];
  let selected = nodes[0];
  let words = "";
  let matches = new Set();

  const own = `flame-${++graphs}`;
  const caption = html("p", "", { class: "flame-title", id: `${own}-title` });
  caption.append(html("strong", "Difference flame graph"),
    ` of ${arms[1]} against ${arms[0]}: width is ${exact ? "the number of instructions" : "the share of samples"}, `,
    html("span", "more", { class: "flame-key more" }), " and ",
    html("span", "less", { class: "flame-key less" }), " of it than in the baseline.");
  const controls = html("div", "", { class: "controls" });
  const search = html("input", "", { type: "search", placeholder: "function", autocomplete: "off" });
  const searchLabel = html("label", "Search ");
  searchLabel.append(search);
  const mode = html("select", "");
  for (const [value, text] of [["both", "both arms"], ["base", arms[0]], ["arm", arms[1]]])
    mode.append(html("option", text, { value }));
  const modeLabel = html("label", "Width of ");
  modeLabel.append(mode);
  const reset = html("button", "Zoom out", { type: "button" });
  const found = html("span", "", { class: "faint", role: "status" });
  controls.append(searchLabel, modeLabel, reset, found);
  const help = html("p", "Arrows walk the tree, Enter zooms, Escape zooms out.", {
    class: "flame-help faint", id: `${own}-help`,
  });
  const graph = svg("svg", {
    tabindex: "0", role: "tree", "aria-labelledby": `${own}-title`,
    "aria-describedby": `${own}-help`, class: "flame-graph",
  });
  const details = html("p", "", { class: "flame-details", role: "status" });
  box.append(caption, controls, graph, details, help);

  const amount = exact ? (share) => Math.round(share * whole).toLocaleString("en") : percent;
  const title = (node) =>
    `${node.name}: ${arms[0]} ${amount(node.base)}, ${arms[1]} ${amount(node.arm)}, ` +
    (exact ? instructions(Math.round(change(node) * whole)) : points(change(node)));

  /** How strongly a node's share changed, from -1 to 1: its own noise does not light it up. */
  function shade(node) {
    const larger = Math.max(node.base, node.arm);
    return larger > 0 ? change(node) / larger : 0;
  }

  let drawn = new Map();
  function draw() {
    const total = box.clientWidth;
    if (total === 0) return;
    const width = widths[mode.value];
    const whole = width(zoomed) || 1;
    const above = [];
    for (let at = zoomed; at.parent !== null; at = nodes[at.parent]) above.unshift(nodes[at.parent]);
    const items = [];
    let deepest = 0;
    const place = (node, x, y, w) => {
      if (w < leastWidth) return;
      deepest = Math.max(deepest, y);
      items.push([node, x, y, w]);
      let at = x;
      for (const child of node.children) {
        const share = (width(child) / whole) * total;
        place(child, at, y + 1, share);
        at += share;
      }
    };
    above.forEach((node, i) => items.push([node, 0, i, total]));
    place(zoomed, 0, above.length, total);
    const height = (deepest + 1) * rowHeight;
    graph.setAttribute("viewBox", `0 0 ${total} ${height}`);
    graph.setAttribute("width", total);
    graph.setAttribute("height", height);
    drawn = new Map();
    const groups = items.map(([node, x, y, w]) => {
      const group = svg("g", {
        id: `${own}-${node.id}`, role: "treeitem", "aria-level": node.depth + 1,
        "aria-label": title(node), "data-node": node.id,
      });
      const strength = shade(node);
      const rect = svg("rect", {
        x: x.toFixed(2), y: y * rowHeight, width: Math.max(w - 0.5, 0.3).toFixed(2),
        height: rowHeight - 1, rx: 1,
        class: strength > 0 ? "more" : strength < 0 ? "less" : "same",
        "fill-opacity": (0.06 + 0.7 * Math.abs(strength)).toFixed(2),
      });
      group.append(rect);
      if (w > 28) {
        const room = Math.floor((w - 6) / 6.6);
        const name = node.name.length > room ? `${node.name.slice(0, Math.max(1, room - 1))}…` : node.name;
        const text = svg("text", { x: (x + 3).toFixed(2), y: y * rowHeight + 13 });
        text.textContent = name;
        group.append(text);
      }
      drawn.set(node.id, group);
      return group;
    });
    graph.replaceChildren(...groups);
    for (const [id, group] of drawn) {
      group.classList.toggle("match", matches.has(id));
      group.classList.toggle("above", above.some((node) => node.id === id));
    }
    graph.classList.toggle("searching", words !== "");
    reset.disabled = zoomed === nodes[0];
    show();
  }

  function show() {
    for (const group of graph.querySelectorAll(".selected")) {
      group.classList.remove("selected");
      group.removeAttribute("aria-selected");
    }
    const group = drawn.get(selected.id);
    if (group) {
      group.classList.add("selected");
      group.setAttribute("aria-selected", "true");
      graph.setAttribute("aria-activedescendant", group.id);
    }
    details.textContent = title(selected);
  }

  function select(node) {
    if (!node) return;
    selected = node;
    show();
  }

  function zoom(node) {
    zoomed = node;
    selected = node;
    draw();
  }

  /** The nearest relative that is drawn. */
  const visible = (node) => drawn.has(node.id);
  const siblings = (node) =>
    node.parent === null ? [node] : nodes[node.parent].children.filter(visible);

  const nodeOf = (event) => {
    const group = event.target.closest("[data-node]");
    return group ? nodes[Number(group.dataset.node)] : null;
  };
  graph.addEventListener("click", (event) => {
    const node = nodeOf(event);
    if (node) zoom(node);
  });
  graph.addEventListener("mouseover", (event) => {
    const node = nodeOf(event);
    if (node) details.textContent = title(node);
  });
  graph.addEventListener("mouseleave", show);
  graph.addEventListener("keydown", (event) => {
    const row = siblings(selected);
    const at = row.indexOf(selected);
    const moves = {
      ArrowUp: () => select(selected.parent === null ? null : nodes[selected.parent]),
      ArrowDown: () => select(selected.children.find(visible)),
      ArrowLeft: () => select(row[at - 1]),
      ArrowRight: () => select(row[at + 1]),
      Home: () => select(zoomed),
      Enter: () => zoom(selected),
      " ": () => zoom(selected),
      Escape: () => zoom(zoomed.parent === null ? zoomed : nodes[zoomed.parent]),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  });
  reset.addEventListener("click", () => zoom(nodes[0]));
  mode.addEventListener("change", draw);
  search.addEventListener("input", () => {
    words = search.value.trim().toLowerCase();
    matches = new Set(
      words === "" ? [] : nodes.filter((n) => n.id > 0 && n.name.toLowerCase().includes(words)).map((n) => n.id),
    );
    // A match below a match is counted with it.
    const within = (node) => {
      for (let p = node.parent; p !== null; p = nodes[p].parent) if (matches.has(p)) return true;
      return false;
    };
    const tops = nodes.filter((n) => matches.has(n.id) && !within(n));
    const sum = (of) => tops.reduce((total, node) => total + of(node), 0);
    found.textContent =
      words === ""
        ? ""
        : `${matches.size} found: ${arms[0]} ${amount(sum((n) => n.base))}, ` +
          `${arms[1]} ${amount(sum((n) => n.arm))}`;
    draw();
  });
  let last = 0;
  new ResizeObserver(() => {
    if (box.clientWidth !== last) requestAnimationFrame(draw);
    last = box.clientWidth;
  }).observe(box);
  draw();
}
