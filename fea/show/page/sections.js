// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Sections across the shaft, and curves along it, from the values that the picture shows.

import { element } from "./overlay.js";
import { number } from "./ticks.js";

const LEVELS = 96;
const SIDE = 200; // px

// Outer edge of the bone at a height y in mm: places and values in the order of their direction from a centre.
// Directions are in degrees from x towards z; a value between vertices that are not evaluated is NaN.
export function ring(mesh, values, gone, y, [cx, cz]) {
  const { points: p, outside } = mesh;
  const found = [];
  for (let q = 0; q < outside.length; q += 3)
    for (let k = 0; k < 3; k++) {
      const [a, b] = [outside[q + k], outside[q + ((k + 1) % 3)]];
      if (a > b || p[3 * a + 1] > y === p[3 * b + 1] > y) continue; // each edge lies between two facets
      const t = (y - p[3 * a + 1]) / (p[3 * b + 1] - p[3 * a + 1]);
      const [x, z] = [0, 2].map((j) => p[3 * a + j] + t * (p[3 * b + j] - p[3 * a + j]));
      const value = gone(a) || gone(b) ? NaN : values[a] + t * (values[b] - values[a]);
      found.push({ x, z, value, angle: (Math.atan2(z - cz, x - cx) * 180) / Math.PI });
    }
  return found.sort((one, other) => one.angle - other.angle);
}

// Value of a ring in a direction.
export function towards(points, angle) {
  if (points.length < 3) return NaN;
  const after = points.findIndex((point) => point.angle >= angle);
  const b = points[after < 0 ? 0 : after];
  const a = points[after <= 0 ? points.length - 1 : after - 1];
  const span = (b.angle - a.angle + 360) % 360 || 1;
  return a.value + (((angle - a.angle + 360) % 360) / span) * (b.value - a.value);
}

// Values along the shaft in a direction: levels in percent of the length, values.
export function along(mesh, values, gone, { centres, length_mm: length }, angle) {
  const x = Array.from({ length: LEVELS }, (_, k) => (100 * (k + 0.5)) / LEVELS);
  const y = x.map((level) => towards(ring(mesh, values, gone, (level / 100) * length, centres[Math.round(level)]), angle));
  return { x, y };
}

// The eight directions of a bone by the names of its sides.
export function directions([x, z, minusX, minusZ]) {
  const names = [x, `${x} ${z}`, z, `${minusX} ${z}`, minusX, `${minusX} ${minusZ}`, minusZ, `${x} ${minusZ}`];
  return Object.fromEntries(names.map((name, k) => [String(k > 4 ? 45 * k - 360 : 45 * k), name]));
}

// Section as the picture colours it, the values of its outer edge around it as a polar curve.
export function section({ mesh, values, gone, bone, level, limits, colour, sides }) {
  const y = level * bone.length_mm;
  const centre = bone.centres[Math.round(100 * level)];
  const faces = mesh.faceAt(y);
  const edge = ring(mesh, values, gone, y, centre);
  const reach = Math.max(1, ...edge.map((e) => Math.hypot(e.x - centre[0], e.z - centre[1])));
  const scale = (0.26 * SIDE) / reach;
  const px = (z) => SIDE / 2 + (z - centre[1]) * scale;
  const py = (x) => SIDE / 2 - (x - centre[0]) * scale;
  const chart = element("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, width: SIDE, height: SIDE, role: "img", class: "chart section" });
  for (const corners of faces) {
    const value = corners.reduce((sum, [a, b, t]) => sum + (values[a] + t * (values[b] - values[a])) / 3, 0);
    const unknown = corners.some(([a, b]) => gone(a) || gone(b));
    const at = corners.map((e) => `${px(mesh.restAt(e, 2)).toFixed(1)},${py(mesh.restAt(e, 0)).toFixed(1)}`).join(" ");
    const fill = unknown ? "#b4b4b4" : colour(value);
    chart.append(element("polygon", { points: at, fill, stroke: fill, "stroke-width": 0.7 }));
  }
  const size = Math.max(Math.abs(limits[0]), Math.abs(limits[1]));
  const polar = edge.filter((e) => Number.isFinite(e.value)).map(({ x, z, value }) => {
    const out = 1 + (0.16 * SIDE * Math.abs(value)) / size / (scale * Math.hypot(x - centre[0], z - centre[1]));
    return `${px(centre[1] + out * (z - centre[1])).toFixed(1)},${py(centre[0] + out * (x - centre[0])).toFixed(1)}`;
  });
  chart.append(element("polygon", { points: polar.join(" "), fill: "none", stroke: "#c2185b", "stroke-width": 1.5 }));
  const words = [[SIDE / 2, 11, "middle", sides[0]], [SIDE / 2, SIDE - 3, "middle", sides[2]], [SIDE - 2, SIDE / 2, "end", sides[1]], [2, SIDE / 2, "start", sides[3]]];
  for (const [x, at, anchor, word] of words) chart.append(element("text", { x, y: at, "text-anchor": anchor }, word));
  const known = edge.map((e) => e.value).filter(Number.isFinite);
  chart.setAttribute("aria-label", known.length ? `section: ${number(Math.min(...known))} to ${number(Math.max(...known))} around it` : "section: not evaluated");
  return { chart, known };
}
