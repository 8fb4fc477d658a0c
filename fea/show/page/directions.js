// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Principal directions on the bone as drawn: short lines at places spread over it, or trajectories.

import { decoded } from "./packet.js";
import { Sheet, at3, cross3, dot3, minus3, placedNodes } from "./sheet.js";

export const SIGN_COLOURS = ["#c4161c", "#0b4fa8"]; // tension, compression
const PRINCIPAL = { first: [0], third: [1], both: [0, 1] };
const APART_PX = { glyphs: 11, trajectories: 14 };
const NEARER = { glyphs: 0.25, trajectories: 0.06 }; // before the surface, over their distance: ends of glyphs dip into a hollow
const REACH = 0.5; // half the longest glyph over their distance
const SHORTEST = 0.3; // of the longest
const LEAST = 0.02; // of the largest value: below, a direction means little

export class Directions {
  constructor() {
    this.sheets = new Map();
    this.known = "";
  }

  // Directions of a frame: of the largest and of the smallest principal value at all vertices; null without.
  take(arrays, ends) {
    this.frame = (this.frame ?? 0) + 1;
    this.steps = arrays.directions ?? null;
    this.values = this.steps && decoded(arrays.principal, ends);
    if (!this.steps) return;
    const sizes = Float32Array.from(this.values, Math.abs).sort();
    this.largest = sizes[Math.floor(0.98 * (sizes.length - 1))] || 0;
  }

  drawable(mode) {
    return mode in APART_PX;
  }

  // Lines to be drawn, or null if they are those drawn last. look: what the pictures share; px: mm of a pixel.
  segments(mesh, look, gated, px) {
    const { mode, principal } = look.directions;
    const drawn = this.drawable(mode) && this.steps && this.largest > 0;
    const apart = drawn ? APART_PX[mode] * px : 0;
    const sheets = drawn ? this.sheetsOf(mesh) : [];
    const spacings = sheets.map((sheet) => sheet.rounded(mode === "glyphs" ? Math.max(apart, sheet.finest) : apart));
    const key = JSON.stringify([drawn && mode, principal, this.frame, gated, mesh.part, mesh.cut, mesh.amplitude, spacings]);
    if (key === this.known) return null;
    this.known = key;
    this.shown = []; // what is drawn, in numbers
    const made = [];
    this.nearer = NEARER[mode] * Math.max(0, ...spacings);
    sheets.forEach((sheet, s) => {
      const placed = mesh.amplitude ? placedNodes(sheet.nodes, mesh.placed) : sheet.rest;
      for (const k of PRINCIPAL[principal] ?? PRINCIPAL.both)
        mode === "glyphs" ? this.glyphs(made, sheet, placed, mesh, gated, k, spacings[s]) : this.trajectories(made, sheet, placed, mesh, gated, k, spacings[s]);
    });
    return Float32Array.from(made);
  }

  // Outer surface, or that of the cancellous bone alone, and the cut face.
  sheetsOf(mesh) {
    if (this.points !== mesh.points) this.sheets.clear();
    this.points = mesh.points;
    const name = mesh.part === "cancellous" ? "cancellous" : "outside";
    const facets = name === "outside" ? mesh.outside : mesh.surfaces.cancellous;
    if (!this.sheets.has(name)) this.sheets.set(name, Sheet.of(facets, mesh.points));
    if (this.cap !== mesh.cap) [this.cap, this.cut] = [mesh.cap, mesh.cap.length ? Sheet.ofCut(mesh.cap, mesh.points) : null];
    return [this.sheets.get(name), this.cut].filter((sheet) => sheet?.nodes.length);
  }

  // Value and unit direction at a node; null where they are not evaluated, cut away or too small.
  at([a, b, t], mesh, gated, k) {
    const { steps, values } = this;
    if ((gated && (mesh.excluded[a] || mesh.excluded[b])) || (t === 0 && !mesh.keeps(a))) return null;
    const count = mesh.count;
    const value = values[k * count + a] + t * (values[k * count + b] - values[k * count + a]);
    if (!(Math.abs(value) > LEAST * this.largest)) return null;
    const [one, other] = [at3(steps, k * count + a), at3(steps, k * count + b)];
    const turn = dot3(one, other) < 0 ? -t : t;
    const mean = one.map((x, j) => (1 - t) * x + turn * other[j]);
    const size = Math.hypot(...mean);
    return size > 0 ? { value, along: mean.map((x) => x / size) } : null;
  }

  glyphs(made, sheet, placed, mesh, gated, k, spacing) {
    sheet.nodes.forEach((node, i) => {
      if (sheet.spacing[i] < 0.999 * spacing) return;
      const found = this.at(node, mesh, gated, k);
      if (!found) return;
      const share = Math.min(1, Math.max(SHORTEST, Math.abs(found.value) / this.largest));
      const along = mesh.amplitude ? carriedAlong(sheet, placed, i, found.along) : found.along;
      const [x, y, z] = at3(placed, i);
      const [u, v, w] = along.map((c) => REACH * spacing * share * c);
      made.push(x - u, y - v, z - w, x + u, y + v, z + w, found.value);
      this.shown.push({ vertex: node[2] ? null : node[0], k, ...found });
    });
  }

  trajectories(made, sheet, placed, mesh, gated, k, spacing) {
    const own = sheet.nodes.map((node) => this.at(node, mesh, gated, k));
    for (const line of sheet.lines((i) => own[i]?.along, spacing)) {
      const value = ({ facet, weights }) => weights.reduce((sum, w, c) => sum + w * own[sheet.triangles[3 * facet + c]].value, 0);
      for (let p = 1; p < line.length; p++)
        made.push(...sheet.place(line[p - 1], placed), ...sheet.place(line[p], placed), (value(line[p - 1]) + value(line[p])) / 2);
      this.shown.push({ k, line: line.map((point) => sheet.place(point)) });
    }
  }
}

// A direction as the deformation drawn carries it along, by the triangle at a node.
function carriedAlong(sheet, placed, i, along) {
  const q = 3 * sheet.facetOf[i];
  const basis = [sheet.rest, placed].map((places) => {
    const [a, b, c] = [0, 1, 2].map((k) => at3(places, sheet.triangles[q + k]));
    const [u, v] = [minus3(b, a), minus3(c, a)];
    const n = cross3(u, v);
    const size = Math.hypot(...n) || 1;
    return [u, v, n.map((x) => x / size)];
  });
  const [[u, v, n], moved] = basis;
  const volume = dot3(cross3(u, v), n) || 1;
  const share = [dot3(along, cross3(v, n)) / volume, dot3(along, cross3(n, u)) / volume, dot3(along, n)];
  const turned = [0, 1, 2].map((j) => share.reduce((sum, s, m) => sum + s * moved[m][j], 0));
  const size = Math.hypot(...turned) || 1;
  return turned.map((x) => x / size);
}
