// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Answers of a page that is a file of its own: some fields at some frames of one design.

import { decoded, unpacked } from "./packet.js";

const MESH = ["surface_all", "surface_cortical", "surface_cancellous", "surface_outside", "tetrahedra", "cortical", "points", "excluded", "level", "site"];

export class Stored {
  constructor(buffer) {
    Object.assign(this, unpacked(buffer));
    this.count = this.arrays.points.length / 3;
  }

  static async read(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Stored(await new Response(inflated).arrayBuffer());
  }

  get welcome() {
    return { ...this.head.welcome, stored: true };
  }

  // The stored frame nearest to a time; past the last stands the worst over the contact.
  nearest(percent) {
    const { frames } = this.head;
    if (percent === null) return frames.length;
    const away = frames.map((f) => Math.abs(f.percent - percent));
    return away.indexOf(Math.min(...away));
  }

  codes(field, k) {
    return this.arrays[`values_${field}`].subarray(k * this.count, (k + 1) * this.count);
  }

  // Value at a vertex, or linear between three.
  value(field, k, vertex, between) {
    const { corners, weights } = between ?? { corners: [vertex], weights: [1] };
    const at = (v) => decoded(this.codes(field, k).subarray(v, v + 1), this.head.ends[field][k])[0];
    return corners.reduce((sum, v, c) => sum + weights[c] * at(v), 0);
  }

  answer(question) {
    const { ask, id, vertex, between } = question;
    if (ask === "frame") return this.frame(question);
    if (ask === "summary") return { head: { id, kind: "summary", ...this.head.summary }, arrays: {} };
    const fields = Object.keys(this.head.ends);
    const series = (field) => this.head.frames.map((_, k) => this.value(field, k, vertex, between));
    const values = Object.fromEntries(fields.map((field) => [field, series(field)]));
    return { head: { id, kind: "history", percent: this.head.frames.map((f) => f.percent), values }, arrays: {} };
  }

  frame({ id, field, percent, probe, between, has }) {
    const { head, arrays } = this;
    const k = this.nearest(percent);
    const own = head.frames[k];
    const sent = { values: this.codes(field, k) };
    if (has[0] !== "stored") for (const name of MESH) sent[name] = arrays[name];
    if (own) sent.moved = arrays.moved.subarray(3 * k * this.count, 3 * (k + 1) * this.count);
    return {
      head: {
        id,
        kind: "frame",
        cells: "stored",
        shape: "stored",
        sites: head.sites,
        length_mm: head.length_mm,
        centres: head.centres,
        title: head.title,
        note: "",
        ends: head.ends[field][k],
        percent: own?.percent ?? null,
        time_s: own?.time_s ?? null,
        frames: head.frames.length,
        loads: own?.loads ?? [],
        largest_n: head.largest_n,
        largest_nm: head.largest_nm,
        moved_step: head.moved_steps[k],
        probe: probe === null ? null : this.reading(probe, between, k),
        ...head.limits[field],
      },
      arrays: sent,
    };
  }

  reading(vertex, between, k) {
    const { site, excluded } = this.arrays;
    const values = Object.fromEntries(Object.keys(this.head.ends).map((field) => [field, this.value(field, k, vertex, between)]));
    const gone = (between?.corners ?? [vertex]).some((v) => excluded[v] === 1);
    return { site: this.head.sites[site[vertex]], excluded: gone, values };
  }
}
