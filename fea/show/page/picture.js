// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// One picture: a bone under the common camera, with what lies over it.

import { Directions, SIGN_COLOURS } from "./directions.js";
import { textWidth } from "./drawing.js";
import { KEY_ROW, Room, Silhouette, boneRoom, layout } from "./layout.js";
import { Mesh } from "./mesh.js";
import { arrowEnds, keyRows, loadArrows, loadTags, momentEnds, numbered, scaleMarks, seenLoads } from "./loads.js";
import { Overlay, legendTitle, tickValues } from "./overlay.js";
import { Paint } from "./paint.js";
import { decoded, displacement } from "./packet.js";
import { Strokes } from "./strokes.js";
import { tickText } from "./ticks.js";

const STILL_PX = 4;
const REST_MS = 160;
const STROKE_PX = 0.8; // half the width of a line of a direction
const NEAR = 0.012; // share of the depth by which something in front hides a place

export class Picture {
  // look: what all pictures share: camera, cut, part, amplitude, bands, limits, colours; on: what the page does.
  constructor(holder, look, on) {
    this.holder = holder;
    this.look = look;
    this.on = on;
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.badge = Object.assign(document.createElement("div"), { className: "badge", hidden: true });
    this.badge.setAttribute("role", "status");
    holder.replaceChildren(this.canvas, svg, this.badge);
    this.paint = new Paint(this.canvas);
    this.strokes = new Strokes(this.paint.gl);
    this.directions = new Directions();
    this.overlay = new Overlay(svg, (spot) => on.spot(this, spot));
    this.spots = [];
    this.probe = null; // vertex
    this.between = null; // or a place near it: corners and weights
    this.mesh = null;
    this.moving = false;
    this.listen();
    new ResizeObserver(() => this.ask()).observe(holder);
  }

  // Take a frame: the mesh if it came along, values, displacement.
  take({ head, arrays }, field) {
    if (arrays.tetrahedra) this.mesh = new Mesh(arrays);
    if (arrays.points) {
      this.mesh.setShape(arrays, head.sites);
      this.anatomy = { length_mm: head.length_mm, centres: head.centres };
      this.paint.setPoints(arrays.points);
      this.stale = true;
    }
    this.head = head;
    this.field = field;
    this.values = decoded(arrays.values, head.ends);
    this.paint.setValues(this.values, this.gated ? this.excluded : null);
    this.moved = arrays.moved ? displacement(arrays.moved, head.moved_step) : null;
    this.paint.setMoved(this.moved, this.mesh.count);
    this.directions.take(arrays, head.principal_ends);
    this.move();
  }

  // Whether excluded zones are grey: displacement and tissue are sound there.
  get gated() {
    return !["tissue", "displacement"].includes(this.field.source);
  }

  // Values worked out on the page from those of other pictures, on the mesh of one.
  takeValues(other, values, field, excluded) {
    if (this.mesh !== other.mesh || this.shape !== other.head.shape) {
      this.mesh = other.mesh;
      this.shape = other.head.shape;
      this.paint.setPoints(other.mesh.points);
      this.stale = true;
    }
    Object.assign(this, { head: other.head, field, values, moved: other.moved, ownExcluded: excluded });
    this.paint.setValues(values, this.gated ? excluded : null);
    this.paint.setMoved(this.moved, this.mesh.count);
    this.ask();
  }

  get excluded() {
    return this.ownExcluded ?? this.mesh.excluded;
  }

  get limits() {
    return this.own?.limits ?? this.look.limits;
  }

  get colours() {
    return this.own?.colours ?? this.look.colours;
  }

  // Box around the bone as drawn and its forces.
  get bounds() {
    const { low, high } = this.mesh.box;
    const ends = this.loads.flatMap((load) => [arrowEnds, momentEnds].flatMap((of) => of(load, this.head, this.length)));
    return {
      low: low.map((l, j) => Math.min(l, ...ends.map((e) => e[j]))),
      high: high.map((h, j) => Math.max(h, ...ends.map((e) => e[j]))),
    };
  }

  get length() {
    return this.mesh.rest.high[1] - this.mesh.rest.low[1];
  }

  get aspect() {
    return this.canvas.clientWidth / Math.max(1, this.canvas.clientHeight);
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  // While things move one pixel is one sample; at rest the picture is drawn twice as fine.
  move() {
    this.moving = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.moving = false;
      this.ask();
    }, REST_MS);
    this.ask();
  }

  prepare() {
    const { mesh, look } = this;
    mesh.setMoved(this.moved, look.amplitude);
    if (mesh.setCut(look.part, look.cut) || this.stale || this.shellDrawn !== mesh.shell) {
      this.paint.setMesh(mesh);
      this.shellDrawn = mesh.shell;
      this.stale = false;
    }
    this.plan = this.planned(Math.max(0, ...look.pictures.map((p) => p.strip)));
    const { centre } = boneRoom(this.plan);
    this.matrix = look.camera.matrix(this.aspect, mesh.box, [(2 * centre[0]) / this.plan.width - 1, 1 - (2 * centre[1]) / this.plan.height]);
    const segments = this.directions.segments(mesh, look, this.field.source !== "tissue", (2 * look.camera.half) / this.canvas.clientHeight);
    if (segments) this.strokes.set(segments);
  }

  draw() {
    if (!this.mesh || !this.canvas.clientWidth || !this.limits) return;
    this.prepare();
    const { look, mesh, matrix } = this;
    const rows = look.camera.rows;
    const fine = devicePixelRatio >= 2 ? devicePixelRatio : 2 * devicePixelRatio;
    const ratio = this.moving ? Math.min(1, devicePixelRatio) : fine;
    this.paint.setColours(this.colours);
    this.paint.draw({
      matrix,
      rows,
      amplitude: mesh.amplitude,
      limits: this.limits,
      bands: look.bands,
      grey: rgb(look.grey),
      ratio,
    });
    const depth = Math.hypot(matrix[2], matrix[6], matrix[10]); // of a mm
    this.strokes.draw({ matrix, wide: STROKE_PX * ratio, nearer: depth * this.directions.nearer, colours: SIGN_COLOURS.map(rgb) });
    this.drawOver(rows);
    this.on.drawn(this);
  }

  drawOver(rows) {
    const { look, mesh, overlay, plan } = this;
    const { width, height } = plan;
    const screen = (this.screen = mesh.onScreen(this.matrix, width, height));
    overlay.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const room = new Room(width, height);
    const bar = overlay.legend({ field: this.field, limits: this.limits, colours: this.colours, bands: look.bands, grey: look.grey, plan });
    overlay.signs(this.signs, plan);
    overlay.axes({ rows, sides: look.sides, plan, room });
    overlay.paper(room, overlay.title(plan, this.signs), bar, ...legendBoxes(plan), ...this.drawKey());
    const atRest = mesh.amplitude ? this.restOnScreen(width, height) : screen;
    overlay.outline(mesh, atRest, look.outline && mesh.amplitude > 0);
    const { loads, head, length } = this;
    const seen = seenLoads({ loads, head, length, project: (p) => this.project(p, width, height) });
    overlay.put("forces", ...loadArrows(seen, rows[2], room));
    const silhouette = new Silhouette(mesh.outside, screen, height);
    const spots = look.plates && !this.own ? this.spots : [];
    const placed = spots.filter((s) => mesh.keeps(s.vertex)).map((s) => ({ ...s, ...this.placed(s.vertex) }));
    overlay.spots({ spots: placed, silhouette, room, old: this.oldSpots, width, height });
    overlay.put("tags", ...loadTags(seen, head, room));
    const at = this.probePlace;
    overlay.probe(at && this.placed(at));
  }

  // The key of the loads and their scale; the boxes that they take.
  drawKey() {
    const { loads, head, length, overlay, look, plan } = this;
    const key = this.keyBelow ? [] : keyRows(loads, head, plan.keyY);
    const pixels = plan.height / (2 * look.camera.half);
    const scale = plan.scaleY > plan.below && loads.length ? scaleMarks({ loads, head, length, pixels, y: plan.scaleY + KEY_ROW + 10 }) : [];
    overlay.put("key", ...scale, ...key);
    const keyBox = [0, plan.keyY - 14, plan.bone.left, plan.keyY + KEY_ROW * key.length - 8];
    const scaleBox = [0, plan.scaleY - 4, plan.axes?.right, plan.scaleY + 2 * KEY_ROW];
    return [key.length && keyBox, scale.length && scaleBox].filter(Boolean);
  }

  // Loads that are drawn.
  get loads() {
    return this.look.forces && !this.own ? this.head.loads : [];
  }

  // Whether the tags of loads are told below the picture, which has no room for their key.
  get keyBelow() {
    const { loads, head } = this;
    if (!loads.length || !this.limits) return false;
    const plan = this.planned(0); // the picture may have another size than when it was drawn
    return !plan.wide || plan.keyY + KEY_ROW * numbered(loads, head).length > plan.scaleY;
  }

  // Where words stand. top: height of the strip of words above the bone that pictures side by side have in common.
  planned(top) {
    const { field, limits } = this;
    const ticks = tickValues(field, limits).map((value) => tickText(value, field));
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const { low, high } = this.mesh.rest;
    const slim = Math.max(high[0] - low[0], high[2] - low[2]) / (high[1] - low[1]);
    return layout({ width, height, top, slim, title: this.title ?? "", subtitle: this.subtitle ?? "", lines: this.lines ?? [], signs: this.signs.length, legendTitle: legendTitle(field), ticks });
  }

  // Height of the own words above the bone.
  get strip() {
    return this.mesh && this.limits && !this.holder.hidden ? this.planned(0).strip : 0;
  }

  restOnScreen(width, height) {
    const placed = this.mesh.placed;
    this.mesh.placed = this.mesh.points;
    const screen = this.mesh.onScreen(this.matrix, width, height);
    this.mesh.placed = placed;
    return screen;
  }

  project([x, y, z], width, height) {
    const m = this.matrix;
    return [
      (0.5 + 0.5 * (m[0] * x + m[4] * y + m[8] * z + m[12])) * width,
      (0.5 - 0.5 * (m[1] * x + m[5] * y + m[9] * z + m[13])) * height,
    ];
  }

  // Corners and weights of the probe; null without one.
  get probePlace() {
    const { probe, between, mesh } = this;
    return probe === null || !mesh || probe >= mesh.count ? null : (between ?? { corners: [probe], weights: [1] });
  }

  // Where the probe stands on the bone at rest, in mm.
  get probeRest() {
    const { corners, weights } = this.probePlace;
    return [0, 1, 2].map((j) => corners.reduce((sum, v, k) => sum + weights[k] * this.mesh.points[3 * v + j], 0));
  }

  // Place of a vertex, or of one between some, in the picture and whether the bone hides it.
  placed(at) {
    const { corners, weights } = at.corners ? at : { corners: [at], weights: [1] };
    const [x, y, z] = ["x", "y", "z"].map((name) => corners.reduce((sum, v, k) => sum + weights[k] * this.screen[name][v], 0));
    const front = this.moving ? null : this.mesh.pick(this.screen, x, y);
    return { x, y, hidden: Boolean(front && front.depth > z + NEAR) };
  }

  pick(event) {
    const edge = this.canvas.getBoundingClientRect();
    return this.screen ? this.mesh.pick(this.screen, event.clientX - edge.left, event.clientY - edge.top) : null;
  }

  // One finger or button turns, two fingers or a key move and come nearer, a still click reads.
  listen() {
    const { canvas, look } = this;
    const down = new Map();
    let [gap, travelled] = [0, 0];
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      down.set(event.pointerId, [event.clientX, event.clientY]);
      [gap, travelled] = [0, 0];
    });
    canvas.addEventListener("pointermove", (event) => {
      const from = down.get(event.pointerId);
      if (!from) return void (event.pointerType === "mouse" && this.on.hover(this, this.pick(event)));
      const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
      const tall = canvas.clientHeight / 2;
      travelled += Math.abs(dx) + Math.abs(dy);
      down.set(event.pointerId, [event.clientX, event.clientY]);
      if (down.size === 2) {
        const [a, b] = [...down.values()];
        const now = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (gap) look.camera.zoomBy(now / gap);
        gap = now;
        look.camera.moveBy(dx / tall / 2, -dy / tall / 2);
      } else if (event.shiftKey || event.buttons === 2) look.camera.moveBy(dx / tall, -dy / tall);
      else look.camera.turnBy(dx * 0.008, dy * 0.008);
      this.on.camera();
    });
    const up = (event) => {
      down.delete(event.pointerId);
      if (event.type === "pointerup" && travelled < STILL_PX && event.button === 0) this.on.pick(this, this.pick(event));
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => this.on.hover(this, null));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const edge = canvas.getBoundingClientRect();
      const tall = edge.height / 2;
      const [middle, level] = this.plan ? boneRoom(this.plan).centre : [edge.width / 2, tall];
      const [right, down] = [(event.clientX - edge.left - middle) / tall, (event.clientY - edge.top - level) / tall];
      look.camera.zoomBy(Math.exp(-event.deltaY * 0.001), right, -down);
      this.on.camera();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.on.key(event));
  }

  // Mark what is shown as old while its successor is computed.
  setOld(why) {
    this.holder.classList.toggle("old", Boolean(why));
    this.badge.hidden = !why;
    this.badge.textContent = why || "";
  }

  // What the lines of directions are: rows of words, some after a line of a colour.
  get signs() {
    const { mode, principal } = this.look.directions;
    if (!this.directions.drawable(mode) || this.own) return [];
    const letter = this.field.source === "stress" ? "σ" : "ε";
    const names = { first: `${letter}1`, third: `${letter}3` };
    const colours = this.directions.steps ? [["tension", SIGN_COLOURS[0]], ["compression", SIGN_COLOURS[1]]] : [["at an instant only", null]];
    const rows = [[[`directions of ${names[principal] ?? `${names.first} and ${names.third}`}`, null]], colours];
    return rows.map((words) => ({ words, wide: words.reduce((sum, [word]) => sum + textWidth(word) + 40, 0) }));
  }
}

// Boxes of the title of a legend.
function legendBoxes({ width, legend }) {
  return legend.rows.map(({ words, y }) => [width - 16 - textWidth(words, "strong"), y - 14, width, y + 6]);
}

// Shares of red, green and blue of a colour such as #c4161c.
function rgb(colour) {
  return colour.match(/[0-9a-f]{2}/g).map((h) => parseInt(h, 16) / 255);
}
