// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Forces and moments over the picture: arrows with numbers, the key to these, and the scale.

import { element, text, textWidth } from "./drawing.js";
import { KEY_ROW } from "./layout.js";
import { number } from "./ticks.js";

const FORCE_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5a5a5a", "#8c564b", "#332288", "#88a02c", "#882255", "#2a9d9d", "#7f4f0a", "#b8377f"];
const LONGEST = 0.16; // of the bone's length, for the largest force
const LONGEST_MOMENT = 0.12; // and for the largest moment
const LEAST_SHARE = 0.02; // of the largest: smaller ones have no number
const LEAST_NM = 0.05; // as on the picture of the loads of a run
const TAG = 16; // height of a tag
const BEYOND = 12; // from the end of an arrow to the middle of its tag
const END_ON = Math.cos((20 * Math.PI) / 180); // of the angle to the line of sight: nearer to it an arrow is a point or a cross
const SEEN_PX = 4; // shorter arrows are left out
const CLEAR_PX = 5; // beside an arrow
const MOST_BOXES = 100;
const END_ON_PX = 6; // radius of an arrow seen end-on
const SCALE_PX = 44;

// Tail and tip of the arrow of a force, in mm: one that pushes ends on the bone.
export function arrowEnds({ center, force_n: force, pulls }, { largest_n: largest }, length) {
  const along = force.map((f) => (f / largest) * LONGEST * length);
  const tail = pulls ? center : center.map((c, j) => c - along[j]);
  return [tail, tail.map((t, j) => t + along[j])];
}

// Tail and tip of the arrow of a moment: from the region on, by the right-hand rule.
export function momentEnds({ center, moment_nm: moment }, { largest_nm: largest }, length) {
  return [center, center.map((c, j) => c + (moment[j] / largest) * LONGEST_MOMENT * length)];
}

export function newtons(load) {
  return Math.hypot(...load.force_n);
}

export function newtonMetres(load) {
  return Math.hypot(...load.moment_nm);
}

// Loads large enough for a number and a row of the key, in the order of their numbers.
export function numbered(loads, head) {
  const shares = (load) => Math.max(newtons(load) / head.largest_n, newtonMetres(load) / head.largest_nm);
  return loads.filter((load) => shares(load) >= LEAST_SHARE).sort((a, b) => a.number - b.number);
}

// Loads of pictures beside each other: a region has one number, a force one length. own: largest sizes of each design.
export function agreeOnLoads(heads) {
  const regions = [...new Set(heads.flatMap((head) => head.regions))];
  for (const head of heads) {
    for (const size of ["largest_n", "largest_nm"]) head[size] = Math.max(...heads.map(({ own }) => own[size]));
    for (const load of head.loads) load.number = regions.indexOf(load.region);
  }
}

export function loadColour(load) {
  return FORCE_COLOURS[load.number % FORCE_COLOURS.length];
}

export function loadText(load) {
  const [force, moment] = [newtons(load), newtonMetres(load)];
  const parts = [force >= 1 ? `${force.toFixed(0)} N` : "", moment > LEAST_NM ? `${number(moment, 3)} N·m` : ""];
  return `${load.region}: ${parts.filter(Boolean).join(", ")}`;
}

// How a load is called on its arrow, in the key and below the picture.
export function loadLabel(load) {
  return `F${load.number + 1}`;
}

// The loads as they lie in a picture: forces and moments with their ends there. project: from mm to the picture.
export function seenLoads({ loads, head, length, project }) {
  return loads.map((load) => ({ load, vectors: vectorsOf(load, head, length).map((v) => ({ ...v, load, ends: v.ends.map(project) })) }));
}

// All arrows; towards: direction of the bone that faces the viewer.
export function loadArrows(seen, towards, room) {
  return seen.flatMap(({ load, vectors }) => {
    const along = vectors.filter((v) => seenEndOn(v, towards));
    return vectors.flatMap((v) => {
      const marks = along.includes(v) ? endOn(v, along.indexOf(v), towards, room) : arrow(v.ends, loadColour(load), v.heads);
      if (!marks) return [];
      if (!along.includes(v)) reserve(v.ends, room);
      return [named(marks, v.kind, load, v.told)];
    });
  });
}

// Tags beside the arrows of those that are large enough.
export function loadTags(seen, head, room) {
  const own = numbered(seen.map(({ load }) => load), head);
  return own.map((load) => {
    const { vectors } = seen.find((one) => one.load === load);
    const [end, place] = beyond(vectors.find(({ share }) => share >= LEAST_SHARE));
    const at = room.place(...place, tagWidth(load) + 2, TAG + 2);
    const away = Math.hypot(at[0] - end[0], at[1] - end[1]) > 2 * BEYOND;
    const lead = element("line", { x1: end[0], y1: end[1], x2: at[0], y2: at[1], stroke: loadColour(load) });
    return element("g", { class: "load-number" }, ...(away ? [lead] : []), tag(at, load));
  });
}

// Keep plates and tags off an arrow.
function reserve([[x1, y1], [x2, y2]], room) {
  const count = Math.min(MOST_BOXES, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / CLEAR_PX));
  for (let k = 0; k <= count; k++) {
    const [x, y] = [x1 + ((x2 - x1) * k) / count, y1 + ((y2 - y1) * k) / count];
    room.take(x - CLEAR_PX / 2, y - CLEAR_PX / 2, x + CLEAR_PX / 2, y + CLEAR_PX / 2);
  }
}

// The force and the moment of a load as they are drawn: tail and tip in mm, heads of the arrow, share of the largest.
function vectorsOf(load, head, length) {
  const [force, moment] = [newtons(load), newtonMetres(load)];
  const vectors = [];
  if (force > 0)
    vectors.push({ kind: "force", heads: 1, vector: load.force_n, share: force / head.largest_n, ends: arrowEnds(load, head, length), told: { "data-newton": force } });
  if (moment > LEAST_NM)
    vectors.push({ kind: "moment", heads: 2, vector: load.moment_nm, share: moment / head.largest_nm, ends: momentEnds(load, head, length), told: { "data-nm": moment } });
  return vectors;
}

// Whether an arrow is large enough for a mark and points to the viewer or away.
function seenEndOn({ vector, share }, towards) {
  return share >= LEAST_SHARE && Math.abs(nearing(vector, towards)) > END_ON * Math.hypot(...vector);
}

// Component of a vector towards the viewer.
function nearing(vector, towards) {
  return vector.reduce((sum, v, j) => sum + v * towards[j], 0);
}

// The key: a row for each number.
export function keyRows(loads, head, y) {
  const own = numbered(loads, head);
  const wide = Math.max(0, ...own.map(tagWidth));
  return own.map((load, k) => {
    const at = y + KEY_ROW * k;
    return element("g", { class: "load-key" }, tag([12 + wide / 2, at - 4], load), text(20 + wide, at, loadText(load)));
  });
}

// Round numbers of N and N·m with arrows as long as they are drawn.
export function scaleMarks({ loads, head, length, pixels, y }) {
  const rows = [[head.largest_n, LONGEST, "N", 1]];
  if (loads.some((load) => newtonMetres(load) > LEAST_NM)) rows.push([head.largest_nm, LONGEST_MOMENT, "N·m", 2]);
  return rows.map(([largest, share, unit, heads], k) => {
    const pixel = (share * length * pixels) / largest;
    const power = 10 ** Math.floor(Math.log10(SCALE_PX / pixel));
    const value = [5, 2, 1].map((s) => s * power).find((s) => s * pixel <= SCALE_PX);
    const at = y - KEY_ROW * k;
    const marks = arrow([[12, at - 4], [12 + value * pixel, at - 4]], "#1a1a1a", heads);
    return element("g", { class: "scale", "data-value": value, "data-px": value * pixel }, ...marks, text(20 + value * pixel, at, `${number(value)} ${unit}`));
  });
}

// A shaft with one head or two, over a white edge; null if it is too short to be seen.
function arrow([[x1, y1], [x2, y2]], colour, heads) {
  const flat = Math.hypot(x2 - x1, y2 - y1);
  if (flat < SEEN_PX) return null;
  const [ux, uy] = [(x2 - x1) / flat, (y2 - y1) / flat];
  const head = Math.min(heads > 1 ? 8 : 10, flat / (1 + heads));
  const width = heads > 1 ? 1.6 : 2.5;
  const marks = [];
  const tips = Array.from({ length: heads }, (_, k) => {
    const [tx, ty] = [x2 - 0.8 * k * head * ux, y2 - 0.8 * k * head * uy];
    const [bx, by] = [tx - head * ux, ty - head * uy];
    return `${tx},${ty} ${bx - 0.45 * head * uy},${by + 0.45 * head * ux} ${bx + 0.45 * head * uy},${by - 0.45 * head * ux}`;
  });
  const [bx, by] = [x2 - head * ux, y2 - head * uy];
  marks.push(element("line", { x1, y1, x2: bx, y2: by, stroke: "#fff", "stroke-width": width + 2 }));
  for (const points of tips) marks.push(element("polygon", { points, fill: "#fff", stroke: "#fff", "stroke-width": 2 }));
  marks.push(element("line", { x1, y1, x2: bx, y2: by, stroke: colour, "stroke-width": width }));
  for (const points of tips) marks.push(element("polygon", { points, fill: colour }));
  return marks;
}

// A force or moment along the line of sight: a point towards the viewer, a cross away; a moment has two rings.
function endOn(arrow, beside, towards, room) {
  const { heads, vector, load } = arrow;
  const stroke = loadColour(load);
  const [[at, y]] = outwards(arrow);
  const x = at + beside * (2 * END_ON_PX + 6);
  const ring = (r, fill) => element("circle", { cx: x, cy: y, r, fill, stroke, "stroke-width": 1.6 });
  const rings = Array.from({ length: heads }, (_, k) => ring(END_ON_PX + 3 * (heads - 1 - k), "#fff"));
  const most = END_ON_PX + 3 * heads;
  room.take(x - most, y - most, x + most, y + most);
  const edge = element("circle", { cx: x, cy: y, r: most - 1.5, fill: "#fff" });
  const near = nearing(vector, towards) > 0;
  const mark = near ? element("circle", { class: "near", cx: x, cy: y, r: 2, fill: stroke }) : element("path", { class: "away", d: `M${x - 3} ${y - 3}l6 6m0-6l-6 6`, stroke, "stroke-width": 1.6 });
  return [edge, ...rings, mark];
}

function named(marks, kind, load, values) {
  return element("g", { class: kind, "data-region": load.region, ...values }, element("title", {}, loadText(load)), ...marks);
}

function tagWidth(load) {
  return textWidth(loadLabel(load), "tag") + 8;
}

function tag([cx, cy], load) {
  const wide = tagWidth(load);
  const plate = element("rect", { x: cx - wide / 2, y: cy - TAG / 2, width: wide, height: TAG, rx: 2, fill: loadColour(load), stroke: "#fff" });
  return element("g", { class: "tag" }, plate, text(cx, cy + 4, loadLabel(load), "tag"));
}

// Ends of an arrow from the bone on.
function outwards({ kind, ends, load }) {
  return kind === "moment" || load.pulls ? ends : ends.toReversed();
}

// The free end of an arrow, and the place of a tag beyond it.
function beyond(vector) {
  const [[x1, y1], [x2, y2]] = outwards(vector);
  const flat = Math.hypot(x2 - x1, y2 - y1) || 1;
  return [[x2, y2], [x2 + (BEYOND * (x2 - x1)) / flat, y2 + (BEYOND * (y2 - y1)) / flat]];
}
