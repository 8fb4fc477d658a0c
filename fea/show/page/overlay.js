// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// What lies over the picture: legend, axes, outline at rest, forces, hotspots, the probe.

import { roundTicks, tickText } from "./ticks.js";

const SVG = "http://www.w3.org/2000/svg";
const PLATE = 12; // radius of a number plate
const BESIDE = 26; // from the bone to a plate

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export class Overlay {
  constructor(svg, onSpot) {
    this.svg = svg;
    this.onSpot = onSpot;
    this.layers = {};
    for (const name of ["outline", "forces", "spots", "probe", "legend", "axes", "title", "signs"])
      svg.append((this.layers[name] = element("g", { class: name })));
  }

  put(layer, ...children) {
    this.layers[layer].replaceChildren(...children.filter(Boolean));
  }

  // The bar with its ticks, the field and its unit.
  legend({ field, limits, colours, bands, grey, width, height }) {
    const [low, high] = limits;
    const tall = Math.max(80, Math.min(360, height - 170));
    const narrow = width < 560; // the titles would meet
    const [x, y] = [width - 82, narrow ? 74 : 52];
    const at = (value) => y + tall * (1 - (value - low) / (high - low));
    const count = bands || 64;
    const cells = Array.from({ length: count }, (_, k) => {
      const shade = bands ? (k + 0.5) / bands : k / (count - 1);
      const c = 3 * Math.round(255 * shade);
      const fill = `rgb(${colours[c]},${colours[c + 1]},${colours[c + 2]})`;
      return element("rect", { x, y: y + tall * (1 - (k + 1) / count), width: 16, height: tall / count + 0.6, fill });
    });
    const values = field.decades ? roundTicks(low, high, 4).filter((t) => Number.isInteger(t)) : roundTicks(low, high);
    const ticks = values.map((value) => {
      const line = element("line", { x1: x + 16, x2: x + 20, y1: at(value), y2: at(value), stroke: "#1a1a1a" });
      const text = element("text", { x: x + 23, y: at(value) + 4 }, tickText(value, field));
      return element("g", { class: "tick", "data-value": value }, line, text);
    });
    const unit = field.unit ? ` / ${field.unit}` : "";
    const title = element("text", { x: width - 10, y: narrow ? 62 : 24, "text-anchor": "end", class: "strong" }, field.title + unit);
    const frame = element("rect", { x, y, width: 16, height: tall, fill: "none", stroke: "#1a1a1a" });
    const square = element("rect", { x, y: y + tall + 14, width: 16, height: 12, fill: grey, stroke: "#5a5a5a" });
    const none = ["not", "evaluated"].map((w, k) => element("text", { x: x + 20, y: y + tall + 20 + 12 * k, class: "small" }, w));
    this.put("legend", title, ...cells, frame, ...ticks, square, ...none);
  }

  // Directions of the bone frame.
  axes({ rows, sides, height }) {
    const [x, y] = [84, height - 56];
    const arms = [["x", sides[0], "#b5482f"], ["y", "proximal", "#3f7d3a"], ["z", sides[1], "#2f5fb5"]].map(([, name, stroke], j) => {
      const [right, up] = [30 * rows[0][j], 30 * rows[1][j]];
      const [ex, ey] = [x + right, y - up];
      const line = element("line", { x1: x, y1: y, x2: ex, y2: ey, stroke, "stroke-width": 2 });
      const anchor = right > 8 ? "start" : right < -8 ? "end" : "middle";
      const below = anchor === "middle" ? (up < 0 ? 12 : -5) : 4;
      if (Math.hypot(right, up) < 6) return [rows[2][j], element("g", {}, line)];
      const text = element("text", { x: ex + Math.sign(right) * 4, y: ey + below, fill: stroke, "text-anchor": anchor, class: "small" }, name);
      return [rows[2][j], element("g", {}, line, text)];
    });
    this.put("axes", ...arms.sort((a, b) => a[0] - b[0]).map(([, arm]) => arm));
  }

  title(lines) {
    this.put("title", ...lines.map((line, k) => element("text", { x: 12, y: 24 + 18 * k, class: k ? "" : "strong" }, line)));
  }

  // What the colours of lines of principal directions mean.
  signs({ shown, names, later, colours, row }) {
    if (!shown) return this.put("signs");
    const y = (k) => 24 + 18 * (row + k);
    const words = [`directions of ${names}`, ...(later ? ["at an instant only"] : ["tension", "compression"])];
    const rows = words.map((word, k) => {
      const line = k && !later ? element("line", { x1: 12, x2: 30, y1: y(k) - 4, y2: y(k) - 4, stroke: colours[k - 1], "stroke-width": 2.5 }) : null;
      return element("g", {}, ...[line, element("text", { x: line ? 36 : 12, y: y(k) }, word)].filter(Boolean));
    });
    this.put("signs", ...rows);
  }

  // Edges between a facet that faces the viewer and one that does not, of the bone at rest.
  outline(mesh, screen, shown) {
    if (!shown) return this.put("outline");
    const facets = mesh.outside;
    const turned = (f) => {
      const [a, b, c] = [facets[3 * f], facets[3 * f + 1], facets[3 * f + 2]];
      const { x, y } = screen;
      return (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]) > 0;
    };
    const edges = mesh.edges;
    const parts = [];
    for (let e = 0; e < edges.length; e += 4) {
      const [a, b] = [edges[e], edges[e + 1]];
      if (turned(edges[e + 2]) === turned(edges[e + 3]) || !mesh.keeps(a) || !mesh.keeps(b)) continue;
      parts.push(`M${screen.x[a].toFixed(1)} ${screen.y[a].toFixed(1)}L${screen.x[b].toFixed(1)} ${screen.y[b].toFixed(1)}`);
    }
    this.put("outline", element("path", { d: parts.join(""), fill: "none", stroke: "#444", "stroke-width": 1, opacity: 0.6 }));
  }

  // A ring leaves the place itself to be seen; its number stands beside the bone.
  spots({ spots, row, old, width, height }) {
    const taken = [];
    const seen = spots.filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
    const sorted = seen.sort((a, b) => a.y - b.y);
    const groups = sorted.map((spot) => {
      const [left, right] = row(spot.y);
      const beside = spot.x - left > right - spot.x ? right + BESIDE : left - BESIDE;
      const px = Math.max(PLATE, Math.min(width - PLATE - 84, beside));
      let py = Math.max(PLATE, Math.min(height - PLATE, spot.y));
      for (const [x, y] of taken) if (Math.abs(x - px) < 2 * PLATE && Math.abs(y - py) < 2 * PLATE + 2) py = y + 2 * PLATE + 2;
      taken.push([px, py]);
      const ring = element("circle", { cx: spot.x, cy: spot.y, r: 6, fill: "none", stroke: "#fff", "stroke-width": 3.5 });
      const inner = element("circle", { cx: spot.x, cy: spot.y, r: 6, fill: "none", stroke: "#1a1a1a", "stroke-width": 1.5 });
      const from = spot.x + Math.sign(px - spot.x) * 7;
      const lead = element("line", { x1: from, y1: spot.y, x2: px, y2: py, stroke: "#1a1a1a" });
      const plate = element("circle", { cx: px, cy: py, r: PLATE, fill: "#1a1a1a", stroke: "#fff", "stroke-width": 1.5 });
      const rank = element("text", { x: px, y: py + 4.5, fill: "#fff", "text-anchor": "middle", class: "strong" }, String(spot.rank));
      const button = { class: "spot", role: "button", tabindex: 0, "aria-label": `hotspot ${spot.rank}: ${spot.text}` };
      const group = element("g", { ...button, opacity: old ? 0.35 : spot.hidden ? 0.45 : 1 }, ring, inner, lead, plate, rank);
      group.append(element("title", {}, spot.text));
      group.addEventListener("click", () => this.onSpot(spot));
      group.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && this.onSpot(spot));
      return group;
    });
    this.put("spots", ...groups);
  }

  probe(place) {
    if (!place) return this.put("probe");
    const { x, y, hidden } = place;
    const cross = `M${x - 12} ${y}H${x - 4}M${x + 4} ${y}H${x + 12}M${x} ${y - 12}V${y - 4}M${x} ${y + 4}V${y + 12}`;
    const white = element("path", { d: cross, stroke: "#fff", "stroke-width": 4 });
    const dark = element("path", { d: cross, stroke: "#c2185b", "stroke-width": 2 });
    this.put("probe", element("g", { class: "cross", "data-x": x, "data-y": y, opacity: hidden ? 0.45 : 1 }, white, dark));
  }
}
