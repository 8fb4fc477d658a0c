// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The bone as arrays: its surface with normals, cut at rest, moved, picked.

const SHARP = Math.cos((50 * Math.PI) / 180); // facets that meet at a wider angle do not share a normal
const CORNERS = [0, 1, 2];

export class Mesh {
  constructor(arrays) {
    this.surfaces = {};
    for (const part of ["all", "cortical", "cancellous"]) this.surfaces[part] = arrays[`surface_${part}`];
    this.outside = arrays.surface_outside;
    this.tetrahedra = arrays.tetrahedra;
    this.cortical = arrays.cortical;
    this.part = "all";
    this.cut = null;
    this.amplitude = 0;
    this.moved = null;
  }

  setShape(arrays, sites) {
    Object.assign(this, { points: arrays.points, excluded: arrays.excluded, level: arrays.level, site: arrays.site });
    this.sites = sites;
    this.count = this.points.length / 3;
    this.rest = box(this.points);
    this.smooth = {};
    this.build();
  }

  setMoved(moved, amplitude) {
    this.moved = moved;
    this.amplitude = moved ? amplitude : 0;
    this.place();
  }

  setCut(part, cut) {
    if (part === this.part && JSON.stringify(cut) === JSON.stringify(this.cut)) return false;
    this.part = part;
    this.cut = cut;
    this.build();
    return true;
  }

  // Places of all vertices as drawn, and the box around them.
  place() {
    const { points, moved, amplitude } = this;
    this.placed = amplitude ? points.map((p, i) => p + amplitude * moved[i]) : points;
    this.box = amplitude ? box(this.placed) : this.rest;
  }

  get plane() {
    if (!this.cut) return null;
    const axis = "xyz".indexOf(this.cut.axis);
    const { low, high } = this.rest;
    return { axis, at: low[axis] + this.cut.share * (high[axis] - low[axis]), sign: this.cut.flip ? -1 : 1 };
  }

  // Whether a vertex is on the side of the cut that is kept.
  keeps(vertex) {
    const plane = this.plane;
    return !plane || plane.sign * (this.points[3 * vertex + plane.axis] - plane.at) >= 0;
  }

  build() {
    this.smooth[this.part] ??= smoothed(this.points, this.surfaces[this.part]);
    const whole = this.smooth[this.part];
    const plane = this.plane;
    this.shell = plane ? clipped(whole, this.points, plane) : whole;
    this.cap = plane ? this.capOf(plane) : [];
    this.place();
  }

  // Triangles of the cut face across the shaft at a height, each three edges [a, b, share].
  faceAt(y) {
    const cap = this.capOf({ axis: 1, at: y });
    return Array.from({ length: cap.length / 3 }, (_, k) => cap.slice(3 * k, 3 * k + 3));
  }

  restAt(edge, j) {
    return mix(this.points, edge, j);
  }

  // Cut face: triangles whose corners lie on edges [a, b, share], so that they follow the deformation.
  capOf({ axis, at }) {
    const { points, tetrahedra, cortical, part } = this;
    const corners = [];
    const edge = (a, b) => [a, b, (at - points[3 * a + axis]) / (points[3 * b + axis] - points[3 * a + axis])];
    for (let c = 0; c < tetrahedra.length; c += 4) {
      if (part !== "all" && (cortical[c / 4] === 1) !== (part === "cortical")) continue;
      const above = [];
      const below = [];
      for (let k = c; k < c + 4; k++) (points[3 * tetrahedra[k] + axis] > at ? above : below).push(tetrahedra[k]);
      if (above.length === 2) {
        const [p, q] = above;
        const [r, s] = below;
        const four = [edge(p, r), edge(p, s), edge(q, s), edge(q, r)];
        corners.push(four[0], four[1], four[2], four[0], four[2], four[3]);
      } else if (above.length === 1 || below.length === 1) {
        const [one, three] = above.length === 1 ? [above[0], below] : [below[0], above];
        corners.push(...three.map((other) => edge(one, other)));
      }
    }
    return corners;
  }

  isOutside(vertex) {
    this.outer ??= new Set(this.outside);
    return this.outer.has(vertex);
  }

  // Edges of the outer surface, each with its two facets, for the outline.
  get edges() {
    return (this.edgesKnown ??= edgesOf(this.outside));
  }

  // The nearest place under a point of the picture: vertex of the kept side, place at rest, depth.
  pick(screen, x, y) {
    const { index, vertex, other, share } = this.shell;
    let best = null;
    const at = (i) => (share[i] ? mixed(screen, vertex[i], other[i], share[i]) : own(screen, vertex[i]));
    for (let q = 0; q < index.length; q += 3) {
      const found = under(at(index[q]), at(index[q + 1]), at(index[q + 2]), x, y);
      if (found && (!best || found.depth > best.depth)) {
        const ends = CORNERS.map((k) => [vertex[index[q + k]], other[index[q + k]], share[index[q + k]]]);
        best = { ...found, ends, on: "surface" };
      }
    }
    for (let q = 0; q < this.cap.length; q += 3) {
      const ends = this.cap.slice(q, q + 3);
      const found = under(...ends.map((e) => mixed(screen, ...e)), x, y);
      if (found && (!best || found.depth > best.depth)) best = { ...found, ends, on: "cut" };
    }
    return best && { ...best, vertex: this.nearest(best) };
  }

  // The kept vertex whose place at rest is nearest to what was picked.
  nearest({ ends, weights }) {
    const rest = CORNERS.map((j) => ends.reduce((sum, e, k) => sum + weights[k] * mix(this.points, e, j), 0));
    const distance = (v) => Math.hypot(...CORNERS.map((j) => this.points[3 * v + j] - rest[j]));
    const near = [...new Set(ends.flatMap(([a, b]) => [a, b]))];
    const kept = near.filter((v) => this.keeps(v));
    return (kept.length ? kept : near).reduce((a, b) => (distance(b) < distance(a) ? b : a));
  }

  // Places of all vertices in the picture: x and y in pixels, depth towards the viewer.
  onScreen(matrix, width, height) {
    const m = matrix;
    const p = this.placed;
    const screen = { x: new Float32Array(this.count), y: new Float32Array(this.count), z: new Float32Array(this.count) };
    for (let i = 0, k = 0; i < this.count; i++, k += 3) {
      screen.x[i] = (0.5 + 0.5 * (m[0] * p[k] + m[4] * p[k + 1] + m[8] * p[k + 2] + m[12])) * width;
      screen.y[i] = (0.5 - 0.5 * (m[1] * p[k] + m[5] * p[k + 1] + m[9] * p[k + 2] + m[13])) * height;
      screen.z[i] = -(m[2] * p[k] + m[6] * p[k + 1] + m[10] * p[k + 2] + m[14]);
    }
    return screen;
  }
}

function own({ x, y, z }, i) {
  return [x[i], y[i], z[i]];
}

function mixed({ x, y, z }, a, b, t) {
  return [x[a] + t * (x[b] - x[a]), y[a] + t * (y[b] - y[a]), z[a] + t * (z[b] - z[a])];
}

function mix(points, [a, b, t], j) {
  return points[3 * a + j] + t * (points[3 * b + j] - points[3 * a + j]);
}

// Weights of the corners and depth of a triangle of the picture at a point; null beside it.
function under([ax, ay, az], [bx, by, bz], [cx, cy, cz], x, y) {
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  if (!area) return null;
  const v = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
  const w = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
  if (v < 0 || w < 0 || v + w > 1) return null;
  return { weights: [1 - v - w, v, w], depth: az + v * (bz - az) + w * (cz - az) };
}

function box(points) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 3)
    for (let j = 0; j < 3; j++) {
      const p = points[i + j];
      if (p < low[j]) low[j] = p;
      if (p > high[j]) high[j] = p;
    }
  return { low, high };
}

// Unit normals of facets, and their areas.
function facetNormals(points, facets) {
  const normals = new Float32Array(facets.length);
  const areas = new Float32Array(facets.length / 3);
  for (let q = 0; q < facets.length; q += 3) {
    const [a, b, c] = [3 * facets[q], 3 * facets[q + 1], 3 * facets[q + 2]];
    const [ux, uy, uz] = CORNERS.map((j) => points[b + j] - points[a + j]);
    const [vx, vy, vz] = CORNERS.map((j) => points[c + j] - points[a + j]);
    const n = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const size = Math.hypot(...n) || 1;
    areas[q / 3] = size;
    for (let j = 0; j < 3; j++) normals[q + j] = n[j] / size;
  }
  return { normals, areas };
}

// Drawn vertices: a vertex of the bone once for each normal that it has, means over facets that meet smoothly.
function smoothed(points, facets) {
  const { normals, areas } = facetNormals(points, facets);
  const around = new Map();
  facets.forEach((v, corner) => (around.has(v) ? around.get(v).push(corner) : around.set(v, [corner])));
  const vertex = [];
  const normal = [];
  const index = new Uint32Array(facets.length);
  for (const [v, corners] of around) {
    const made = new Map();
    for (const corner of corners) {
      const f = 3 * Math.floor(corner / 3);
      const sum = [0, 0, 0];
      for (const other of corners) {
        const g = 3 * Math.floor(other / 3);
        const cosine = normals[f] * normals[g] + normals[f + 1] * normals[g + 1] + normals[f + 2] * normals[g + 2];
        if (cosine > SHARP) for (let j = 0; j < 3; j++) sum[j] += areas[g / 3] * normals[g + j];
      }
      const size = Math.hypot(...sum) || 1;
      const unit = sum.map((s) => Math.round((127 * s) / size));
      const key = (unit[0] + 128) * 65536 + (unit[1] + 128) * 256 + unit[2] + 128;
      if (!made.has(key)) {
        made.set(key, vertex.length);
        vertex.push(v);
        normal.push(...unit);
      }
      index[corner] = made.get(key);
    }
  }
  const own = Uint32Array.from(vertex);
  return { vertex: own, other: own, share: new Float32Array(own.length), normal: Int8Array.from(normal), index };
}

// The kept side of a surface, its cut facets ended at the plane.
function clipped({ vertex, normal, index }, points, { axis, at, sign }) {
  const height = Float32Array.from(vertex, (v) => sign * (points[3 * v + axis] - at));
  const made = { vertex: [...vertex], other: [...vertex], share: new Array(vertex.length).fill(0), normal: [...normal], index: [] };
  const between = (i, j) => {
    const t = height[i] / (height[i] - height[j]);
    made.vertex.push(vertex[i]);
    made.other.push(vertex[j]);
    made.share.push(t);
    for (let k = 0; k < 3; k++) made.normal.push(Math.round(normal[3 * i + k] + t * (normal[3 * j + k] - normal[3 * i + k])));
    return made.vertex.length - 1;
  };
  for (let q = 0; q < index.length; q += 3) {
    const corners = [index[q], index[q + 1], index[q + 2]];
    const kept = corners.filter((i) => height[i] >= 0).length;
    if (kept === 3) made.index.push(...corners);
    if (kept === 0 || kept === 3) continue;
    const polygon = [];
    for (let k = 0; k < 3; k++) {
      const [i, j] = [corners[k], corners[(k + 1) % 3]];
      if (height[i] >= 0) polygon.push(i);
      if (height[i] >= 0 !== height[j] >= 0) polygon.push(between(i, j));
    }
    for (let k = 1; k + 1 < polygon.length; k++) made.index.push(polygon[0], polygon[k], polygon[k + 1]);
  }
  return {
    vertex: Uint32Array.from(made.vertex),
    other: Uint32Array.from(made.other),
    share: Float32Array.from(made.share),
    normal: Int8Array.from(made.normal),
    index: Uint32Array.from(made.index),
  };
}

// Edges [a, b, facet, facet] of a closed surface as one array.
function edgesOf(facets) {
  const seen = new Map();
  const edges = [];
  for (let q = 0; q < facets.length; q += 3)
    for (let k = 0; k < 3; k++) {
      const [a, b] = [facets[q + k], facets[q + ((k + 1) % 3)]];
      const key = Math.min(a, b) * 4294967 + Math.max(a, b);
      if (seen.has(key)) edges.push(a, b, seen.get(key), q / 3);
      else seen.set(key, q / 3);
    }
  return Uint32Array.from(edges);
}
