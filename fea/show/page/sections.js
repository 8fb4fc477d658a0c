// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Sections across the shaft, and curves along it, from the values that the picture shows.

import { element } from "./drawing.js";
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

// Values along the shaft in a direction of the bone: levels in percent of the length, values.
export function along(mesh, values, gone, bone, angle) {
  const x = Array.from({ length: LEVELS }, (_, k) => (100 * (k + 0.5)) / LEVELS);
  const y = x.map((level) => {
    const { corners, weights } = placeAt(mesh, bone, level / 100, angle) ?? {};
    return !corners || corners.some(gone) ? NaN : corners.reduce((sum, v, k) => sum + weights[k] * values[v], 0);
  });
  return { x, y };
}

// Sectors of a bone in their order around it: direction of the middle in degrees, as text, and name.
export function sectorsOf({ sectors }) {
  return sectors.map((name, k) => [String(k > 4 ? 45 * k - 360 : 45 * k), name]);
}

export function sectorName({ sectors }, angle) {
  return sectors[(Math.round(angle / 45) + 8) % 8];
}

// Centre of the section at a level, and from directions of the bone (0 anterior or dorsal, 90 lateral) to those from x
// towards z and back, all in degrees.
export function sectionAt({ centres, mirrored }, level) {
  const at = 100 * Math.min(1, Math.max(0, level));
  const k = Math.min(centres.length - 2, Math.floor(at));
  const [x, z, turned] = centres[k].map((one, j) => one + (at - k) * (centres[k + 1][j] - one));
  const sign = mirrored ? -1 : 1;
  return { centre: [x, z], fromX: (angle) => wrapped(sign * (angle + turned)), ofBone: (angle) => wrapped(sign * angle - turned) };
}

// Direction of the bone of a place, in degrees.
export function directionOf(bone, [x, y, z]) {
  const { centre, ofBone } = sectionAt(bone, y / bone.length_mm);
  return ofBone((Math.atan2(z - centre[1], x - centre[0]) * 180) / Math.PI);
}

// Where a ray from the centre of a section leaves the outer surface for good: corners of a facet and their weights;
// null where it meets none.
export function placeAt({ points: p, outside }, bone, level, angle) {
  const { centre, fromX } = sectionAt(bone, level);
  const turned = (fromX(angle) * Math.PI) / 180;
  const [rx, rz] = [Math.cos(turned), Math.sin(turned)];
  let best = null;
  for (let q = 0; q < outside.length; q += 3) {
    const corners = [outside[q], outside[q + 1], outside[q + 2]];
    const height = corners.map((v) => p[3 * v + 1] - level * bone.length_mm || 1e-9);
    const cut = [0, 1, 2].filter((k) => height[k] > 0 !== height[(k + 1) % 3] > 0);
    if (cut.length !== 2) continue;
    const [one, other] = cut.map((k) => {
      const next = (k + 1) % 3;
      const t = height[k] / (height[k] - height[next]);
      const weights = [0, 0, 0];
      [weights[k], weights[next]] = [1 - t, t];
      const [x, z] = [0, 2].map((j, c) => corners.reduce((sum, v, m) => sum + weights[m] * p[3 * v + j], 0) - centre[c]);
      return { weights, aside: z * rx - x * rz, along: x * rx + z * rz };
    });
    if (one.aside * other.aside > 0) continue;
    const s = one.aside === other.aside ? 0 : one.aside / (one.aside - other.aside);
    const far = (1 - s) * one.along + s * other.along;
    if (far > (best?.far ?? 0)) best = { far, corners, weights: one.weights.map((w, k) => (1 - s) * w + s * other.weights[k]) };
  }
  return best && { corners: best.corners, weights: best.weights };
}

function wrapped(angle) {
  return ((((angle + 180) % 360) + 360) % 360) - 180;
}

// Section as the picture colours it, the values of its outer edge around it as a polar curve.
export function section({ mesh, values, gone, bone, level, limits, colour, sides }) {
  const y = level * bone.length_mm;
  const { centre } = sectionAt(bone, level);
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
