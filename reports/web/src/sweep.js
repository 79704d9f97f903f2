// SPDX-License-Identifier: GPL-2.0-or-later
// A metric over a parameter: a line for each arm and topology, medians with their intervals.
import { axis, chart, choices, dashes, errorBar, lines, quantity, symbols } from "./theme.js";

export function drawSweep(data) {
  const select = document.getElementById("sweep-choice");
  const log = document.getElementById("sweep-log");
  const title = (s) =>
    `${data.metrics[s.metric].name} of ${s.workload} over ${s.parameter}` +
    (s.held ? ` with ${s.held}` : "");
  const order = data.sweeps
    .map((_, i) => i)
    .sort((a, b) => data.metrics[data.sweeps[b].metric].primary -
      data.metrics[data.sweeps[a].metric].primary);
  choices(select, order.map((i) => [String(i), title(data.sweeps[i])]), String(order[0]));

  function option(c, width) {
    const sweep = data.sweeps[Number(select.value)];
    const unit = data.metrics[sweep.metric].unit;
    const positive =
      sweep.values.every((v) => v > 0) &&
      sweep.series.every((s) => s.medians.every((m) => !m || m[0] > 0));
    log.disabled = !positive;
    const logarithmic = log.checked && positive;
    const edges = sweep.series.flatMap((s) => s.medians.flat()).filter((v) => v > 0);
    const series = [];
    for (const one of sweep.series) {
      const name = `${data.arms[one.arm]}, ${data.topologies[one.topology]}`;
      const colour = c.arms[one.arm % c.arms.length];
      const points = one.medians
        .map((m, i) => m && [sweep.values[i], ...m])
        .filter(Boolean)
        .map(([x, value, low, high]) => ({ x, value, low, high }));
      series.push({
        name,
        type: "line",
        symbol: symbols[one.arm % symbols.length],
        symbolSize: 8,
        color: colour,
        lineStyle: { width: 2, type: dashes[one.topology % dashes.length] },
        data: points.map((p) => [p.x, p.value]),
        tooltip: {
          formatter: ({ dataIndex }) => {
            const p = points[dataIndex];
            return lines(
              name,
              `${sweep.parameter} = ${p.x}`,
              `median ${quantity(p.value, unit)}`,
              p.low !== null &&
                `95 % interval ${quantity(p.low, unit)} to ${quantity(p.high, unit)}`,
              one.exponent !== null && `exponent ${one.exponent.toFixed(2)}`,
            );
          },
        },
      });
      series.push({
        name,
        type: "custom",
        silent: true,
        color: colour,
        data: points
          .filter((p) => p.low !== null && (!logarithmic || p.low > 0))
          .map((p) => [p.x, p.low, p.high]),
        encode: { x: 0, y: [1, 2] },
        renderItem: (_, api) => errorBar(api, true, { stroke: colour, lineWidth: 1.5 }),
      });
    }
    const narrow = width < 640;
    return {
      legend: {
        type: "plain",
        top: 0,
        textStyle: { color: c.text },
        itemWidth: 36,
        ...(narrow ? { orient: "vertical", left: 0 } : {}),
      },
      grid: {
        left: 8, right: 24, bottom: 28,
        top: (narrow ? 24 * sweep.series.length : 32 + 24 * Math.floor(sweep.series.length / 5)) + 16,
        outerBoundsMode: "same", outerBoundsContain: "axisLabel",
      },
      xAxis: axis(c, {
        type: logarithmic ? "log" : "value",
        name: sweep.parameter,
        nameLocation: "middle",
        nameGap: 26,
        min: logarithmic ? sweep.values[0] / 1.15 : 0,
        max: logarithmic ? sweep.values[sweep.values.length - 1] * 1.15 : undefined,
        splitLine: { show: false },
        axisTick: { show: true, customValues: sweep.values, lineStyle: { color: c.line } },
        axisLabel: { customValues: sweep.values, formatter: (v) => String(Number(v.toPrecision(6))) },
      }),
      yAxis: axis(c, {
        type: logarithmic ? "log" : "value",
        min: logarithmic ? Math.min(...edges) / 1.5 : undefined,
        max: logarithmic ? Math.max(...edges) * 1.5 : undefined,
        axisLabel: {
          formatter: (v) => quantity(v, unit),
          showMinLabel: !logarithmic,
          showMaxLabel: !logarithmic,
        },
      }),
      series,
    };
  }
  const draw = chart(document.getElementById("sweep-chart"), option, (width) =>
    width < 640 ? 420 : 380,
  );
  select.addEventListener("change", draw);
  log.addEventListener("change", draw);
}
