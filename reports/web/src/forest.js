// SPDX-License-Identifier: GPL-2.0-or-later
// Every comparison with its interval: one chart for ratios, one for each unit of differences.
import { axis, chart, errorBar, lines, shortSteps } from "./theme.js";

const mostRows = 150;
const narrowWidth = 640;

/** Round ratios that make good ticks between two ratios. */
function ratioTicks(low, high) {
  const span = high / low;
  const candidates = [];
  if (span < 4) {
    const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find(
      (s) => (high - low) / s <= 7,
    ) ?? 1;
    for (let r = Math.ceil(low / step); r * step <= high; ++r) candidates.push(r * step);
  } else {
    const decades = Math.log10(span);
    const steps = decades < 3 ? [1, 2, 5] : [1];
    for (let d = Math.floor(Math.log10(low)); d <= Math.ceil(Math.log10(high)); ++d)
      for (const s of steps) candidates.push(s * 10 ** d);
  }
  return candidates.filter((r) => r >= low * 0.999 && r <= high * 1.001);
}

function ratioText(ratio) {
  if (Math.abs(ratio - 1) < 1e-9) return "equal";
  if (ratio >= 2) return `×${Number(ratio.toPrecision(3))}`;
  if (ratio <= 0.5) return `÷${Number((1 / ratio).toPrecision(3))}`;
  const percent = Number(((ratio - 1) * 100).toPrecision(3));
  return `${percent > 0 ? "+" : ""}${percent} %`;
}

function groupOption(group, data, c, width) {
  const place = (value) => (group.ratio ? Math.log(value) : value);
  const rows = group.rows;
  const edges = rows.flatMap((r) => r.effect.filter((v) => v !== null));
  let low = Math.min(group.ratio ? 1 : 0, ...edges);
  let high = Math.max(group.ratio ? 1 : 0, ...edges);
  if (group.ratio) {
    const room = Math.max(high / low, 1.04) ** 0.03;
    low = Math.min(low, 0.98) / room;
    high = Math.max(high, 1.02) * room;
  } else if (low === high) {
    high = low + 1;
  }
  const narrow = width < narrowWidth;
  const arms = data.arms.length > 2;
  const steps = shortSteps(data.steps);
  const label = (r) => {
    const place = [steps[r.step]]
      .concat(data.topologies.length > 1 ? [data.topologies[r.topology]] : [])
      .concat(arms ? [data.arms[r.arm]] : [])
      .join(" · ");
    return `${data.metrics[r.metric].name}${narrow ? "\n" : " · "}${place}`;
  };
  // No wider than the longest label, for a chart is wide enough for shorter ones.
  const characters = Math.max(...rows.flatMap((r) => label(r).split("\n")).map((l) => l.length));
  const labelWidth = Math.min(
    Math.ceil(characters * (narrow ? 5.8 : 6.9)),
    Math.round(width * (narrow ? 0.45 : 0.5)),
  );
  const colour = (r) => (r.judged > 0 ? c.better : r.judged < 0 ? c.worse : c.unclear);
  const ticks = group.ratio ? ratioTicks(low, high) : null;
  return {
    grid: { left: 8, right: 20, top: 8, bottom: 30, outerBoundsMode: "same",
      outerBoundsContain: "axisLabel" },
    xAxis: axis(c, {
      type: "value",
      min: group.ratio ? place(low) : undefined,
      max: group.ratio ? place(high) : undefined,
      axisTick: { show: true, customValues: ticks?.map(place), lineStyle: { color: c.line } },
      splitLine: { show: !group.ratio, lineStyle: { color: c.line, opacity: 0.5 } },
      axisLabel: {
        customValues: ticks?.map(place),
        formatter: group.ratio ? (v) => ratioText(Math.exp(v)) : undefined,
      },
    }),
    yAxis: axis(c, {
      type: "category",
      inverse: true,
      data: rows.map(label),
      axisLabel: {
        interval: 0,
        hideOverlap: false,
        color: c.text,
        width: labelWidth,
        overflow: "truncate",
        fontSize: narrow ? 10 : 12,
        lineHeight: narrow ? 13 : 14,
      },
    }),
    series: [
      ...(group.ratio && data.floor > 1
        ? [
            {
              type: "custom",
              silent: true,
              data: [[0, place(1 / data.floor), place(data.floor)]],
              renderItem: ({ coordSys }, api) => {
                // The floor may be wider than all intervals.
                const within = (x) =>
                  Math.min(Math.max(x, coordSys.x), coordSys.x + coordSys.width);
                const left = within(api.coord([api.value(1), 0])[0]);
                const right = within(api.coord([api.value(2), 0])[0]);
                const top = api.coord([0, 0])[1] - 12;
                const bottom = api.coord([0, rows.length - 1])[1] + 12;
                return {
                  type: "rect",
                  shape: { x: left, y: top, width: right - left, height: bottom - top },
                  style: { fill: c.line, opacity: 0.45 },
                };
              },
            },
          ]
        : []),
      {
        type: "custom",
        silent: true,
        data: [[0, place(group.ratio ? 1 : 0)]],
        renderItem: (_, api) => {
          const [x] = api.coord([api.value(1), 0]);
          const top = api.coord([0, 0])[1] - 12;
          const bottom = api.coord([0, rows.length - 1])[1] + 12;
          return {
            type: "line",
            shape: { x1: x, y1: top, x2: x, y2: bottom },
            style: { stroke: c.faint, lineWidth: 1.5 },
          };
        },
      },
      {
        type: "custom",
        silent: true,
        data: rows
          .map((r, i) => [i, r.effect[1], r.effect[2]])
          .filter((d) => d[1] !== null)
          .map(([i, a, b]) => [i, place(a), place(b)]),
        encode: { x: [1, 2], y: 0 },
        renderItem: (_, api) =>
          errorBar(api, false, { stroke: colour(rows[api.value(0)]), lineWidth: 2 }),
      },
      {
        type: "scatter",
        symbolSize: narrow ? 7 : 10,
        data: rows.map((r, i) => ({
          value: [place(r.effect[0]), i],
          itemStyle:
            r.effect[1] === null
              ? { color: c.surface, borderColor: colour(r), borderWidth: 2 }
              : { color: colour(r) },
        })),
        tooltip: {
          formatter: ({ dataIndex }) => {
            const r = rows[dataIndex];
            return lines(
              label(r),
              `${data.arms[r.arm]} against ${data.baseline}: ${r.text}`,
              r.interval && `95 % interval ${r.interval}`,
              `${r.verdict}, ${r.n} block${r.n === 1 ? "" : "s"}`,
            );
          },
        },
      },
    ],
  };
}

/** Prepares the charts; the function returned draws the rows with these numbers, in order. */
export function drawForest(element, data) {
  const charts = new Map(); // By what the axis shows.
  function chartOf(key, ratio) {
    if (charts.has(key)) return charts.get(key);
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const box = document.createElement("div");
    box.className = "chart";
    figure.append(caption, box);
    element.append(figure);
    const group = { rows: [], ratio, figure, caption, key };
    group.draw = chart(
      box,
      (c, width) => groupOption(group, data, c, width),
      (width) => 46 + (width < narrowWidth ? 36 : 24) * Math.max(1, group.rows.length),
    );
    charts.set(key, group);
    return group;
  }
  return (visible) => {
    const wanted = new Map();
    for (const index of visible) {
      const r = data.comparisons[index];
      if (!r.effect) continue;
      const unit = data.metrics[r.metric].unit;
      const key = r.ratio ? "Ratio to the baseline" : `Difference to the baseline, in ${unit}`;
      if (!wanted.has(key)) wanted.set(key, []);
      wanted.get(key).push(r);
    }
    for (const [key, rows] of wanted) chartOf(key, rows[0].ratio);
    for (const [key, group] of charts) {
      const rows = wanted.get(key) ?? [];
      group.rows = rows.slice(0, mostRows);
      group.figure.hidden = rows.length === 0;
      group.caption.textContent =
        rows.length > mostRows ? `${key} (the first ${mostRows} of ${rows.length} rows)` : key;
      if (rows.length > 0) group.draw();
    }
  };
}
