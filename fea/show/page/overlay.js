// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// What lies over the picture: legend, axes, outline at rest, forces, hotspots, the probe.

import { element, text, textWidth } from "./drawing.js";
import { LINE } from "./layout.js";
import { roundTicks, tickText } from "./ticks.js";

const PLATE = 12; // radius of a number plate
const BESIDE = 26; // from the bone to a plate
const RING = 6; // radius around a hotspot
const ARM = 26; // of the axes
const BAR = 16; // width of the bar of the legend
const NOT_EVALUATED = ["not", "evaluated"];

// Values of the ticks of a legend.
export function tickValues({ decades }, [low, high]) {
  return decades ? roundTicks(low, high, 4).filter((t) => Number.isInteger(t)) : roundTicks(low, high);
}

export function legendTitle(field) {
  return field.title + (field.unit ? ` / ${field.unit}` : "");
}

export class Overlay {
  constructor(svg, onSpot) {
    this.svg = svg;
    this.onSpot = onSpot;
    this.layers = {};
    for (const name of ["outline", "forces", "paper", "title", "signs", "key", "legend", "axes", "spots", "tags", "probe"])
      svg.append((this.layers[name] = element("g", { class: name })));
  }

  put(layer, ...children) {
    this.layers[layer].replaceChildren(...children.filter(Boolean));
  }

  // Words over a bone that has come nearer stay legible; plates keep away from them.
  paper(room, ...boxes) {
    const papers = boxes.filter(Boolean).map(([left, top, right, bottom]) => {
      room.take(left, top, right, bottom);
      return element("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "#fff", opacity: 0.75 });
    });
    this.put("paper", ...papers);
  }

  // The bar with its ticks, the field and its unit; the box that it takes.
  legend({ field, limits, colours, bands, grey, plan }) {
    const [low, high] = limits;
    const { x, y, tall, rows } = plan.legend;
    const at = (value) => y + tall * (1 - (value - low) / (high - low));
    const count = bands || 64;
    const cells = Array.from({ length: count }, (_, k) => {
      const shade = bands ? (k + 0.5) / bands : k / (count - 1);
      const c = 3 * Math.round(255 * shade);
      const fill = `rgb(${colours[c]},${colours[c + 1]},${colours[c + 2]})`;
      return element("rect", { x, y: y + tall * (1 - (k + 1) / count), width: BAR, height: tall / count + 0.6, fill });
    });
    const ticks = tickValues(field, limits).map((value) => {
      const line = element("line", { x1: x + BAR, x2: x + BAR + 4, y1: at(value), y2: at(value), stroke: "#1a1a1a" });
      return element("g", { class: "tick", "data-value": value }, line, text(x + BAR + 7, at(value) + 4, tickText(value, field)));
    });
    const title = rows.map((row) => text(plan.width - 10, row.y, row.words, "strong", { "text-anchor": "end" }));
    const frame = element("rect", { x, y, width: BAR, height: tall, fill: "none", stroke: "#1a1a1a" });
    const square = element("rect", { x, y: y + tall + 14, width: BAR, height: 12, fill: grey, stroke: "#5a5a5a" });
    const none = NOT_EVALUATED.map((w, k) => text(x + BAR + 4, y + tall + 20 + 14 * k, w, "small"));
    this.put("legend", ...title, ...cells, frame, ...ticks, square, ...none);
    return [x - 6, y - 8, plan.width, y + tall + 42];
  }

  // Directions of the bone frame; the box that they take.
  axes({ rows, sides, plan, room }) {
    if (!plan.axes) return this.put("axes");
    const { x, y, top, right: most } = plan.axes;
    const arms = [["x", sides[0], "#b5482f"], ["y", "proximal", "#3f7d3a"], ["z", sides[1], "#2f5fb5"]].map(([, name, stroke], j) => {
      const [right, up] = [ARM * rows[0][j], ARM * rows[1][j]];
      const line = element("line", { x1: x, y1: y, x2: x + right, y2: y - up, stroke, "stroke-width": 2 });
      if (Math.hypot(right, up) < 6) return [rows[2][j], element("g", {}, line)];
      const [cx, cy] = room.place(x + right, y - up + (up > 4 ? -9 : 10), textWidth(name, "small"), 13);
      return [rows[2][j], element("g", {}, line, text(cx, cy + 4, name, "small", { fill: stroke, "text-anchor": "middle" }))];
    });
    this.put("axes", ...arms.sort((a, b) => a[0] - b[0]).map(([, arm]) => arm));
    room.take(0, top, most, plan.height);
  }

  // The rows of the title; the box that they and the signs take.
  title(plan, signs) {
    this.put("title", ...plan.heading.map(({ words, look, y }) => text(12, y, words, look)));
    const wide = Math.max(...plan.heading.map(({ words, look }) => textWidth(words, look)), ...signs.map((row) => row.wide));
    return [0, 0, 18 + wide, plan.signsY + LINE * signs.length - 10];
  }

  // What the colours of lines of principal directions mean.
  signs(rows, plan) {
    const parts = rows.flatMap(({ words }, k) => {
      const y = plan.signsY + LINE * k;
      let x = 12;
      return words.map(([word, colour]) => {
        const line = colour ? element("line", { x1: x, x2: x + 18, y1: y - 4, y2: y - 4, stroke: colour, "stroke-width": 2.5 }) : null;
        const said = text(x + (colour ? 24 : 0), y, word);
        x += textWidth(word) + 40;
        return element("g", {}, ...[line, said].filter(Boolean));
      });
    });
    this.put("signs", ...parts);
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
  spots({ spots, silhouette, room, old, width, height }) {
    const seen = spots.filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
    for (const { x, y } of seen) room.take(x - RING - 2, y - RING - 2, x + RING + 2, y + RING + 2);
    const beside = (box) => silhouette.beside(box);
    const groups = seen.sort((a, b) => a.y - b.y).map((spot) => {
      const [left, right] = silhouette.between(spot.y, spot.y);
      const from = spot.x - left > right - spot.x ? right + BESIDE : left - BESIDE;
      const [px, py] = room.place(from, spot.y, 2 * PLATE + 3, 2 * PLATE + 3, beside);
      return this.spot(spot, px, py, old);
    });
    this.put("spots", ...groups);
  }

  spot(spot, px, py, old) {
    const { x, y } = spot;
    const ring = element("circle", { cx: x, cy: y, r: RING, fill: "none", stroke: "#fff", "stroke-width": 3.5 });
    const inner = element("circle", { cx: x, cy: y, r: RING, fill: "none", stroke: "#1a1a1a", "stroke-width": 1.5 });
    const away = Math.hypot(px - x, py - y) || 1;
    const [ux, uy] = [(px - x) / away, (py - y) / away];
    const lead = element("line", { x1: x + (RING + 1) * ux, y1: y + (RING + 1) * uy, x2: px, y2: py, stroke: "#1a1a1a" });
    const plate = element("circle", { cx: px, cy: py, r: PLATE, fill: "#1a1a1a", stroke: "#fff", "stroke-width": 1.5 });
    const button = { class: "spot", role: "button", tabindex: 0, "aria-label": `hotspot ${spot.rank}: ${spot.text}` };
    const group = element("g", { ...button, opacity: old ? 0.35 : spot.hidden ? 0.45 : 1 }, ring, inner, lead, plate, text(px, py + 4.5, String(spot.rank), "plate"));
    group.append(element("title", {}, spot.text));
    group.addEventListener("click", () => this.onSpot(spot));
    group.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && this.onSpot(spot));
    return group;
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
