// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Small charts: curves over the contact or along the shaft, with a mark that moves.

import { element } from "./drawing.js";
import { number, roundTicks } from "./ticks.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [58, 12, 8, 30];
const STROKES = ["#0072b2", "#d55e00", "#009e73", "#1a1a1a"];

// series: [{ name, x, y }]; mark: where the moving line stands, or null.
export function curves(series, { width, height, xTitle, yTitle, mark }) {
  const xs = series.flatMap((s) => s.x);
  const ys = series.flatMap((s) => s.y.filter(Number.isFinite));
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  let [y0, y1] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  if (y0 === y1) y1 = y0 + 1;
  const px = (x) => LEFT + ((x - x0) / (x1 - x0 || 1)) * (width - LEFT - RIGHT);
  const py = (y) => TOP + (1 - (y - y0) / (y1 - y0)) * (height - TOP - BOTTOM);
  const label = `${yTitle} over ${xTitle}: ${series.map((s) => s.name).join(", ")}`;
  const chart = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label, class: "chart" });
  for (const tick of roundTicks(y0, y1, 4)) {
    chart.append(element("line", { x1: LEFT, x2: width - RIGHT, y1: py(tick), y2: py(tick), stroke: tick ? "#e4e4e4" : "#888" }));
    chart.append(element("text", { x: LEFT - 5, y: py(tick) + 4, "text-anchor": "end" }, number(tick, 4)));
  }
  for (const tick of roundTicks(x0, x1, 5))
    chart.append(element("text", { x: px(tick), y: height - BOTTOM + 14, "text-anchor": "middle" }, number(tick, 4)));
  chart.append(element("text", { x: (LEFT + width - RIGHT) / 2, y: height - 3, "text-anchor": "middle" }, xTitle));
  const turned = `translate(12 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`;
  chart.append(element("text", { transform: turned, "text-anchor": "middle" }, yTitle));
  series.forEach(({ x, y, name }, k) => {
    const known = y.map((v, i) => (Number.isFinite(v) ? `${px(x[i]).toFixed(1)},${py(v).toFixed(1)}` : null));
    const parts = known.map((p, i) => (p ? `${i && known[i - 1] ? "L" : "M"}${p}` : "")).join("");
    const line = element("path", { d: parts, fill: "none", stroke: STROKES[k % 4], "stroke-width": 1.8, "data-name": name });
    line.append(element("title", {}, name));
    chart.append(line);
  });
  if (mark !== null && mark !== undefined)
    chart.append(element("line", { class: "mark", x1: px(mark), x2: px(mark), y1: TOP, y2: height - BOTTOM, stroke: "#c2185b", "data-x": mark }));
  return chart;
}

// Names of the curves in their colours.
export function key(series) {
  const line = document.createElement("p");
  line.className = "soft";
  series.forEach(({ name }, k) => {
    const word = document.createElement("span");
    word.textContent = `${k ? "  " : ""}— ${name}`;
    word.style.color = STROKES[k % 4];
    line.append(word);
  });
  return line;
}
