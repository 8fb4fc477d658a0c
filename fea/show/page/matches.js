// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Where the vertices of one shown bone lie on another: found once for each pair, used in every frame.

const KEPT_MATCHES = 8;
const COUNTED = 1e-3; // weight from which a corner counts

export class Matches {
  // ask: sends a question and promises its answer.
  constructor(ask) {
    this.ask = ask;
    this.known = new Map();
  }

  // Match of the pictures of two bones, null while it is asked for; onFound hears when it is there. Where both have the
  // same cells, vertex belongs to vertex; where nothing corresponds, `why` says so.
  between(one, other, onFound) {
    if (one.head.cells === other.head.cells) return { same: true };
    const key = `${one.head.shape}|${other.head.shape}`;
    const entry = this.known.get(key);
    if (entry) return entry.found ?? void entry.waiting.push(onFound);
    const made = { found: null, waiting: [onFound] };
    this.known.set(key, made);
    if (this.known.size > KEPT_MATCHES) this.known.delete(this.known.keys().next().value);
    this.ask({ ask: "match", one: one.head.shape, other: other.head.shape }).then(({ head, arrays }) => {
      made.found = head.kind === "match" ? arrays : { why: head.why };
      for (const tell of made.waiting) tell();
    });
    return null;
  }

  // What could not be found may be asked for again.
  retry() {
    for (const [key, entry] of this.known) if (entry.found?.why) this.known.delete(key);
  }
}

// Values of the other bone at the vertices of the one; NaN where it has none.
export function carried({ same, vertices, weights }, values) {
  if (same) return values;
  const found = new Float32Array(vertices.length / 4);
  for (let i = 0; i < vertices.length; i++) found[i >> 2] += weights[i] * values[vertices[i]];
  return found;
}

// Whether a vertex of the one is excluded there or where it lies on the other.
export function eitherExcluded({ same, vertices, weights }, own, theirs) {
  const excluded = Uint8Array.from(own);
  if (same) return excluded.map((gone, v) => gone | theirs[v]);
  for (let i = 0; i < vertices.length; i++) if (Math.abs(weights[i]) > COUNTED && theirs[vertices[i]]) excluded[i >> 2] = 1;
  return excluded;
}

// Vertex of the other bone nearest to where a vertex of the one lies on it, outside if that is; null if there is none.
export function nearest({ same, vertices, weights }, mesh, vertex, other) {
  if (same) return vertex;
  const corners = [0, 1, 2, 3].map((k) => ({ at: vertices[4 * vertex + k], weight: weights[4 * vertex + k] }));
  if (corners.some(({ weight }) => Number.isNaN(weight))) return null;
  const outer = mesh.isOutside(vertex) ? corners.filter(({ at }) => other.isOutside(at)) : [];
  return (outer.length ? outer : corners).reduce((best, one) => (one.weight > best.weight ? one : best)).at;
}
