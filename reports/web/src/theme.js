// SPDX-License-Identifier: GPL-2.0-or-later
// One way to make a chart: colours from the style sheet, drawn anew when they change (dark mode,
// print) or the width does.
import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent,
  SVGRenderer,
]);

export const symbols = ["circle", "rect", "triangle", "diamond", "pin"];
export const dashes = ["solid", "dashed", "dotted"];

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read("--text"),
    faint: read("--faint"),
    line: read("--line"),
    surface: read("--surface"),
    better: read("--better"),
    worse: read("--worse"),
    unclear: read("--unclear"),
    arms: ["--arm-0", "--arm-1", "--arm-2", "--arm-3", "--arm-4", "--arm-5"].map(read),
  };
}

/** Lines of text as a tooltip's content. */
export function lines(...texts) {
  const box = document.createElement("div");
  texts.filter(Boolean).forEach((text, index) => {
    const line = document.createElement("div");
    line.textContent = text;
    if (index === 0) line.style.fontWeight = "600";
    box.append(line);
  });
  return box;
}

/** Draws `option(colours, width)` into the element now and whenever it has to change. Returns the
 * function to call when the data does. `height(width)` is in pixels. */
export function chart(element, option, height) {
  let instance = null;
  function draw() {
    const width = element.clientWidth;
    if (width === 0) return;
    element.style.height = `${height(width)}px`;
    if (!instance) instance = init(element, null, { renderer: "svg" });
    instance.resize({ width, height: height(width) });
    const c = colours();
    instance.setOption(
      {
        animation: false,
        // By name: with "inherit" the widths of texts would be measured in another font.
        textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
        tooltip: {
          confine: true,
          backgroundColor: c.surface,
          borderColor: c.line,
          textStyle: { color: c.text, fontSize: 13 },
        },
        ...option(c, width),
      },
      { notMerge: true },
    );
  }
  for (const query of ["(prefers-color-scheme: dark)", "print"])
    matchMedia(query).addEventListener("change", draw);
  let last = 0;
  new ResizeObserver(() => {
    if (element.clientWidth !== last) requestAnimationFrame(draw);
    last = element.clientWidth;
  }).observe(element);
  draw();
  return draw;
}

/** The look that all axes share. */
export function axis(c, more) {
  return {
    nameTextStyle: { color: c.faint },
    axisLine: { show: true, onZero: false, lineStyle: { color: c.line } },
    axisTick: { show: false, lineStyle: { color: c.line } },
    splitLine: { show: true, lineStyle: { color: c.line, opacity: 0.5 } },
    ...more,
    axisLabel: { color: c.faint, hideOverlap: true, ...more.axisLabel },
  };
}

/** A custom series item: a vertical or horizontal line from low to high with small caps. */
export function errorBar(api, vertical, style) {
  const at = (value) =>
    vertical ? api.coord([api.value(0), value]) : api.coord([value, api.value(0)]);
  const low = at(api.value(1));
  const high = at(api.value(2));
  const cap = 4;
  const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
  const caps = vertical
    ? [low, high].map(([x, y]) => line(x - cap, y, x + cap, y))
    : [low, high].map(([x, y]) => line(x, y - cap, x, y + cap));
  return { type: "group", children: [line(low[0], low[1], high[0], high[1]), ...caps] };
}

const times = [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9]];
const sizes = [["B", 1], ["KiB", 1024], ["MiB", 1048576], ["GiB", 1073741824]];

/** A number with its unit, in the unit that suits it. */
export function quantity(value, unit) {
  for (const family of [times, sizes]) {
    const own = family.find(([name]) => name === unit);
    if (!own || value === 0) continue;
    const smallest = Math.abs(value) * own[1];
    const best = family.filter(([, factor]) => smallest >= 0.9995 * factor).pop() ?? family[0];
    return `${Number(((value * own[1]) / best[1]).toPrecision(3))} ${best[0]}`;
  }
  const number =
    Number.isInteger(value) && Math.abs(value) < 1e7
      ? value.toLocaleString("en")
      : String(Number(value.toPrecision(4)));
  return unit && value !== 0 ? `${number} ${unit}` : number;
}

/** The steps without the parameters that all steps of a workload share, and without the workload
 * when there is only one: names for small places. */
export function shortSteps(steps) {
  const split = steps.map((step) => step.split(" "));
  const one = new Set(split.map(([workload]) => workload)).size === 1;
  return split.map(([workload, ...words]) => {
    const others = split.filter(([other]) => other === workload);
    const kept = words.filter((word) => !others.every((other) => other.includes(word)));
    return [...(one && kept.length > 0 ? [] : [workload]), ...kept].join(" ");
  });
}

/** Fills a select; returns false when there is nothing to choose. */
export function choices(select, options, selected) {
  select.replaceChildren(
    ...options.map(([value, text]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = text;
      option.selected = value === selected;
      return option;
    }),
  );
  select.closest("label").hidden = options.length < 2;
}
