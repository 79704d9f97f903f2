// SPDX-License-Identifier: GPL-2.0-or-later
// Every boot as a point in run order, so that drift and wild boots can be seen.
import { axis, chart, choices, lines, quantity, symbols } from "./theme.js";

export function drawBoots(data) {
  const selects = ["metric", "step", "topology"].map((name) =>
    document.getElementById(`boots-${name}`),
  );
  const [metric, step, topology] = selects;
  const relative = document.getElementById("boots-relative");
  const note = document.getElementById("boots-note");
  const unique = (values) => [...new Set(values)].sort((a, b) => a - b);
  const metrics = unique(data.series.map((s) => s.metric));
  const first = metrics.find((m) => data.metrics[m].primary) ?? metrics[0];
  choices(metric, metrics.map((m) => [String(m), data.metrics[m].name]), String(first));
  choices(topology,
    unique(data.series.map((s) => s.topology)).map((t) => [String(t), data.topologies[t]]),
    undefined);

  function fillSteps() {
    const steps = unique(
      data.series.filter((s) => s.metric === Number(metric.value)).map((s) => s.step),
    );
    const kept = steps.includes(Number(step.value)) && step.value !== "";
    choices(step, steps.map((s) => [String(s), data.steps[s]]),
      kept ? step.value : String(steps[steps.length - 1]));
  }
  fillSteps();
  const chosenSeries = () =>
    data.series.filter(
      (s) =>
        s.metric === Number(metric.value) &&
        s.step === Number(step.value) &&
        s.topology === Number(topology.value),
    );
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  {
    // Arms that are far apart would hide the drift of each.
    const medians = chosenSeries().map((s) => median(s.y));
    relative.checked = Math.min(...medians) > 0 && Math.max(...medians) > 2 * Math.min(...medians);
  }

  function option(c, width) {
    const chosen = chosenSeries();
    const unit = data.metrics[Number(metric.value)].unit;
    const values = chosen.flatMap((s) => s.y);
    const low = Math.min(...values);
    relative.disabled = low <= 0;
    const inPercent = relative.checked && low > 0;
    const logarithmic = !inPercent && low > 0 && Math.max(...values) / low > 20;
    const failed = data.boots.failed.filter((f) => f.topology === Number(topology.value));
    const shown = chosen.reduce((n, s) => n + s.x.length, 0);
    const all = chosen.reduce((n, s) => n + s.of, 0);
    note.textContent =
      (shown < all
        ? `${shown} of ${all} boots drawn: the first, lowest, highest and last of every pixel. `
        : "") + (failed.length > 0 ? "Crosses at the bottom are boots that did not complete." : "");
    const size = shown > 400 ? 5 : 9;
    const what = (x) =>
      `boot ${x + 1}${x < data.boots.blocks.length ? `, block ${data.boots.blocks[x]}` : ""}`;
    const shownValue = (one) => {
      const middle = median(one.y);
      return inPercent ? (y) => (y / middle - 1) * 100 : (y) => y;
    };
    const series = chosen.map((one) => ({
      name: data.arms[one.arm],
      type: "scatter",
      symbol: symbols[one.arm % symbols.length],
      symbolSize: size,
      color: c.arms[one.arm % c.arms.length],
      data: one.y.map(shownValue(one)).map((y, i) => [one.x[i], y]),
      tooltip: {
        formatter: ({ dataIndex: i }) =>
          lines(data.arms[one.arm], what(one.x[i]), quantity(one.y[i], unit)),
      },
    }));
    if (failed.length > 0)
      series.push({
        name: "not completed",
        type: "scatter",
        symbol: "path://M0 0L10 10M10 0L0 10",
        symbolSize: 10,
        color: c.worse,
        itemStyle: { borderColor: c.worse, borderWidth: 2 },
        yAxisIndex: 1,
        data: failed.map((f) => [f.x, 0]),
        tooltip: {
          formatter: ({ dataIndex }) => {
            const f = failed[dataIndex];
            return lines(`${data.arms[f.arm]}: ${f.outcome}`, what(f.x));
          },
        },
      });
    // Every second block is shaded, unless they are too narrow to be told apart.
    const bands = [];
    if (data.boots.count === data.boots.blocks.length)
      for (let i = 0; i < data.boots.blocks.length; ) {
        let end = i;
        while (end < data.boots.count && data.boots.blocks[end] === data.boots.blocks[i]) ++end;
        bands.push([i - 0.5, end - 0.5, data.boots.blocks[i]]);
        i = end;
      }
    const wide = bands.length > 0 && width / bands.length >= 12;
    if (wide)
      series.unshift({
        type: "custom",
        silent: true,
        z: -1,
        yAxisIndex: 1,
        data: bands.map(([from, to], i) => [from, to, i]),
        encode: { x: [0, 1] },
        renderItem: (parameters, api) => {
          const [left] = api.coord([api.value(0), 0]);
          const [right] = api.coord([api.value(1), 0]);
          const { y, height } = parameters.coordSys;
          const block = bands[api.value(2)][2];
          const children = [];
          if (block % 2 === 0)
            children.push({
              type: "rect",
              shape: { x: left, y, width: right - left, height },
              style: { fill: c.line, opacity: 0.3 },
            });
          if (right - left >= 24)
            children.push({
              type: "text",
              style: {
                x: (left + right) / 2, y: y + height + 4, text: String(block), fill: c.faint,
                align: "center", font: "11px sans-serif",
              },
            });
          return { type: "group", children };
        },
      });
    return {
      legend: { top: 0, itemWidth: 12, itemHeight: 12, itemGap: 20, textStyle: { color: c.text } },
      grid: { left: 8, right: 16, top: 36, bottom: 38, outerBoundsMode: "same",
        outerBoundsContain: "axisLabel" },
      xAxis: axis(c, {
        type: "value",
        min: -0.5,
        max: Math.max(0.5, data.boots.count - 0.5),
        name: wide ? "boots in run order, by block" : "boots in run order",
        nameLocation: "middle",
        nameGap: 20,
        splitLine: { show: false },
        axisLabel: { show: false },
      }),
      yAxis: [
        axis(c, {
          type: logarithmic ? "log" : "value",
          scale: true,
          axisLabel: {
            formatter: inPercent
              ? (v) => `${v > 0 ? "+" : ""}${Number(v.toPrecision(3))} %`
              : (v) => quantity(v, unit),
          },
        }),
        { type: "value", min: -0.05, max: 1, show: false },
      ],
      series,
    };
  }
  const draw = chart(document.getElementById("boots-chart"), option, () => 320);
  metric.addEventListener("change", () => {
    fillSteps();
    draw();
  });
  relative.addEventListener("change", draw);
  step.addEventListener("change", draw);
  topology.addEventListener("change", draw);
}
