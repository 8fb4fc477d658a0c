// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// A surface of the bone as nodes and triangles: places spread evenly over it, and lines that follow directions on it.

const FINER = Math.SQRT1_2; // from one spacing of places to the next
const FINEST = 0.25; // mm
const TANGENT = 0.35; // share of a direction that must lie in the surface for a line to follow it
const STRIDE = 7919; // order in which nodes are tried: a prime, so that neighbours do not follow each other

export class Sheet {
  // nodes: [a, b, share] on edges of the mesh, or [a, a, 0]; triangles: by nodes; points: of the mesh at rest.
  constructor(nodes, triangles, points) {
    Object.assign(this, { nodes, triangles, rest: placedNodes(nodes, points) });
    this.facetOf = new Int32Array(nodes.length).fill(-1);
    triangles.forEach((node, corner) => (this.facetOf[node] = Math.floor(corner / 3)));
    this.normals = this.nodeNormals();
  }

  static of(facets, points) {
    const number = new Map();
    for (const v of facets) if (!number.has(v)) number.set(v, number.size);
    const nodes = [...number.keys()].map((v) => [v, v, 0]);
    return new Sheet(nodes, Uint32Array.from(facets, (v) => number.get(v)), points);
  }

  // Of a cut face: three ends on edges for each triangle.
  static ofCut(cap, points) {
    const number = new Map();
    const nodes = [];
    const triangles = Uint32Array.from(cap, (end) => {
      const edge = `${Math.min(end[0], end[1])} ${Math.max(end[0], end[1])}`;
      if (!number.has(edge)) number.set(edge, nodes.push(end) - 1);
      return number.get(edge);
    });
    return new Sheet(nodes, triangles, points);
  }

  nodeNormals() {
    const { rest, triangles } = this;
    const normals = new Float64Array(rest.length);
    for (let q = 0; q < triangles.length; q += 3) {
      const n = this.facetNormal(q);
      for (let k = q; k < q + 3; k++) for (let j = 0; j < 3; j++) normals[3 * triangles[k] + j] += n[j];
    }
    for (let i = 0; i < normals.length; i += 3) {
      const size = Math.hypot(normals[i], normals[i + 1], normals[i + 2]) || 1;
      for (let j = i; j < i + 3; j++) normals[j] /= size;
    }
    return normals;
  }

  // Twice the area of a triangle along its normal.
  facetNormal(q) {
    const [a, b, c] = [0, 1, 2].map((k) => at3(this.rest, this.triangles[q + k]));
    return cross3(minus3(b, a), minus3(c, a));
  }

  // Triangle across the edge opposite each corner, −1 beyond the border.
  get neighbours() {
    if (this.neighboursKnown) return this.neighboursKnown;
    const { triangles } = this;
    const seen = new Map();
    const found = new Int32Array(triangles.length).fill(-1);
    for (let q = 0; q < triangles.length; q++) {
      const f = q - (q % 3);
      const [a, b] = [triangles[f + ((q + 1) % 3)], triangles[f + ((q + 2) % 3)]];
      const key = Math.min(a, b) * 4294967 + Math.max(a, b);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, q);
      else [found[q], found[other]] = [Math.floor(other / 3), f / 3];
    }
    return (this.neighboursKnown = found);
  }

  // For each node the widest spacing, in mm, at which it is one of the places; those of a wide spacing belong to all
  // finer ones.
  get spacing() {
    if (this.spacingKnown) return this.spacingKnown;
    const count = this.nodes.length;
    const spacing = new Float32Array(count);
    let left = Array.from({ length: count }, (_, i) => (i * STRIDE) % count);
    if (new Set(left).size < count) left = [...Array(count).keys()];
    const taken = [];
    for (let apart = this.widest; left.length && apart > FINEST; apart *= FINER) {
      const near = new Near(apart);
      for (const i of taken) near.add(at3(this.rest, i));
      left = left.filter((i) => {
        const place = at3(this.rest, i);
        if (near.within(place, apart)) return true;
        near.add(place);
        taken.push(i);
        spacing[i] = apart;
        return false;
      });
    }
    return (this.spacingKnown = spacing);
  }

  get widest() {
    return (this.widestKnown ??= Math.max(...[0, 1, 2].map((j) => extent(this.rest, j))) || 1);
  }

  // Spacing below which hardly a node is left.
  get finest() {
    return (this.finestKnown ??= this.spacing.slice().sort()[Math.floor(this.nodes.length / 10)]);
  }

  // The spacing of the series nearest to a wanted one.
  rounded(wanted) {
    const steps = Math.round(Math.log(wanted / this.widest) / Math.log(FINER));
    return this.widest * FINER ** Math.max(0, steps);
  }

  // Lines along a field of directions (3 for each node, null where there is none), about so far apart.
  // Each is a list of points { facet, weights }.
  lines(direction, apart) {
    const flat = this.nodes.map((_, i) => this.inSurface(direction(i), i));
    const near = new Near(apart);
    const found = [];
    const starts = [...this.spacing.keys()].filter((i) => flat[i] && this.spacing[i] >= 0.7 * apart);
    starts.sort((i, j) => this.spacing[j] - this.spacing[i] || i - j);
    for (const i of starts) {
      if (near.within(at3(this.rest, i), apart)) continue;
      const seed = { facet: this.facetOf[i], weights: [1 / 3, 1 / 3, 1 / 3] };
      const own = [[], []];
      for (const way of [0, 1]) this.follow(seed, way ? -1 : 1, flat, near, apart, own[way]);
      const line = [...own[1].reverse(), seed, ...own[0]];
      if (line.length < 3 || this.lengthOf(line) < 1.5 * apart) continue;
      for (const place of this.between(line, apart / 3)) near.add(place);
      found.push(line);
    }
    return found;
  }

  inSurface(given, i) {
    if (!given) return null;
    const n = at3(this.normals, i);
    const out = dot3(given, n);
    const flat = given.map((x, j) => x - out * n[j]);
    const size = Math.hypot(...flat);
    return size < TANGENT ? null : flat.map((x) => x / size);
  }

  // Go on from a place until the field ends, another line is near or the own one comes back.
  follow(seed, sign, flat, near, apart, line) {
    const own = new Near(apart);
    let { facet, weights } = seed;
    let along = this.mixed(facet, weights, flat, null)?.map((x) => sign * x);
    let [length, from] = [0, this.place(seed)];
    while (along && length < 2 * this.widest) {
      const middle = this.left(facet, weights, along);
      if (!middle) return;
      const half = weights.map((w, k) => (w + middle.weights[k]) / 2);
      along = this.mixed(facet, half, flat, along);
      const end = along && this.left(facet, weights, along);
      if (!end) return;
      const here = { facet, weights: end.weights };
      const to = this.place(here);
      if (near.within(to, 0.55 * apart) || own.within(to, 0.55 * apart, length - 4 * apart)) return;
      length += Math.hypot(...minus3(to, from));
      own.add(to, length);
      line.push(here);
      from = to;
      const next = this.neighbours[3 * facet + end.across];
      if (next < 0) return;
      weights = this.carried(facet, end.weights, next);
      facet = next;
      along = this.mixed(facet, weights, flat, along);
    }
  }

  // Mean direction in a triangle, each corner's turned towards the way come from.
  mixed(facet, weights, flat, towards) {
    const sum = [0, 0, 0];
    for (let k = 0; k < 3; k++) {
      const own = flat[this.triangles[3 * facet + k]];
      if (!own) return null;
      towards ??= own;
      const turn = dot3(own, towards) < 0 ? -weights[k] : weights[k];
      for (let j = 0; j < 3; j++) sum[j] += turn * own[j];
    }
    const size = Math.hypot(...sum);
    return size < 0.3 ? null : sum.map((x) => x / size);
  }

  // Where a straight line in a triangle leaves it: weights, and the corner opposite the edge.
  left(facet, weights, along) {
    const corners = [0, 1, 2].map((k) => at3(this.rest, this.triangles[3 * facet + k]));
    const n = this.facetNormal(3 * facet);
    const area = dot3(n, n);
    let best = null;
    const rates = [0, 1, 2].map((k) => dot3(cross3(n, minus3(corners[(k + 2) % 3], corners[(k + 1) % 3])), along) / area);
    rates.forEach((rate, k) => {
      if (rate < -1e-12 && (!best || weights[k] / -rate < best.far)) best = { far: weights[k] / -rate, across: k };
    });
    if (!best || !(best.far > 1e-9 * Math.sqrt(Math.sqrt(area)))) return null;
    const moved = weights.map((w, k) => (k === best.across ? 0 : Math.max(0, w + best.far * rates[k])));
    return { weights: moved, across: best.across };
  }

  carried(facet, weights, next) {
    const own = [0, 1, 2].map((k) => this.triangles[3 * facet + k]);
    return [0, 1, 2].map((k) => {
      const at = own.indexOf(this.triangles[3 * next + k]);
      return at < 0 ? 0 : weights[at];
    });
  }

  place({ facet, weights }, nodes = this.rest) {
    return [0, 1, 2].map((j) => weights.reduce((sum, w, k) => sum + w * nodes[3 * this.triangles[3 * facet + k] + j], 0));
  }

  lengthOf(line) {
    return line.slice(1).reduce((sum, point, k) => sum + Math.hypot(...minus3(this.place(point), this.place(line[k]))), 0);
  }

  // Places along a line no farther apart than a step.
  between(line, step) {
    const places = line.map((point) => this.place(point));
    return places.flatMap((to, k) => {
      if (!k) return [to];
      const from = places[k - 1];
      const parts = Math.ceil(Math.hypot(...minus3(to, from)) / step) || 1;
      return Array.from({ length: parts }, (_, p) => from.map((f, j) => f + ((p + 1) / parts) * (to[j] - f)));
    });
  }
}

// Places of nodes between the vertices of a mesh.
export function placedNodes(nodes, points) {
  const places = new Float32Array(3 * nodes.length);
  nodes.forEach(([a, b, t], i) => {
    for (let j = 0; j < 3; j++) places[3 * i + j] = points[3 * a + j] + t * (points[3 * b + j] - points[3 * a + j]);
  });
  return places;
}

// Places in boxes of one size, so that those near another are found at once.
class Near {
  constructor(size) {
    this.size = size;
    this.boxes = new Map();
  }

  key(x, y, z) {
    return (x * 4096 + y) * 4096 + z;
  }

  add(place, order = 0) {
    const key = this.key(...place.map((x) => Math.floor(x / this.size)));
    if (!this.boxes.has(key)) this.boxes.set(key, []);
    this.boxes.get(key).push([...place, order]);
  }

  // Whether one lies within a distance, no larger than a box, of those added up to an order.
  within([x, y, z], distance, order = 0) {
    const [i, j, k] = [x, y, z].map((v) => Math.floor(v / this.size));
    for (let a = i - 1; a <= i + 1; a++)
      for (let b = j - 1; b <= j + 1; b++)
        for (let c = k - 1; c <= k + 1; c++)
          for (const [px, py, pz, of] of this.boxes.get(this.key(a, b, c)) ?? [])
            if (of <= order && Math.hypot(px - x, py - y, pz - z) < distance) return true;
    return false;
  }
}

export function at3(array, i) {
  return [array[3 * i], array[3 * i + 1], array[3 * i + 2]];
}

export function dot3(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross3(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function minus3(a, b) {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function extent(places, j) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = j; i < places.length; i += 3) {
    low = Math.min(low, places[i]);
    high = Math.max(high, places[i]);
  }
  return high - low;
}
