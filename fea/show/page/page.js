// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The page: what it asks for, and what it shows of the answers.

import { curveBoxes, loadsBox, probeBox, spotText, spotsBox } from "./below.js";
import { Camera } from "./camera.js";
import { make } from "./controls.js";
import { DesignPanel } from "./design.js";
import { differ } from "./difference.js";
import { besideGroup, curvesGroup, directionsGroup, fieldGroup, probeGroup, saveGroup, timeGroup, viewGroup } from "./groups.js";
import { boneRoom } from "./layout.js";
import { agreeOnLoads } from "./loads.js";
import { Matches, nearest } from "./matches.js";
import { Picture } from "./picture.js";
import { Risk, riskBoxes, riskGroup } from "./risk.js";
import { directionOf, placeAt, sectionAt } from "./sections.js";
import { PLACES, adopted, brief, firstState, restored } from "./state.js";
import { number, reading } from "./ticks.js";
import { viewsGroup } from "./views.js";

const OLD_MS = 150; // what takes longer is marked as old meanwhile
const SETTLED_MS = 350;
const PLAY_MS = 60;

export class Page {
  constructor(welcome, source) {
    Object.assign(this, { welcome, source });
    this.fields = Object.fromEntries(welcome.fields.map((f) => [f.key, f]));
    const { state, refused } = welcome.stored ? { state: firstState(welcome), refused: [] } : restored(welcome);
    Object.assign(this, { state, refused, looked: Boolean(state.pose), besideChosen: state.compare });
    const { sides } = welcome.bones[0];
    // Whole from the start: a picture may be drawn before the state is applied.
    const shown = { outline: true, forces: true, plates: true, part: "all", bands: 0, cut: null, directions: { mode: "none" }, pictures: [] };
    this.look = { camera: new Camera(), amplitude: 0, limits: null, colours: null, grey: welcome.grey, sides, ...shown };
    this.slots = Object.fromEntries(PLACES.map((place) => [place, { place, limits: {}, spots: [], oldSpots: true }]));
    this.pending = new Map();
    this.number = 0;
    window.addEventListener("resize", () => this.look.limits && this.told());
    this.risk = new Risk(this);
    this.matches = new Matches((question) => this.send(question));
    this.build();
    this.arrange();
    this.everything();
  }

  // ---------------------------------------------------------------- state

  remember() {
    if (!this.looked || this.welcome.stored) return;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      this.state.pose = this.look.camera.pose;
      history.replaceState(null, "", this.link);
    }, SETTLED_MS);
  }

  get link() {
    return `#${encodeURIComponent(JSON.stringify(brief(this.state, this.welcome)))}`;
  }

  // What a view keeps of the state.
  get kept() {
    const { views, pose, ...state } = brief(this.state, this.welcome);
    return state;
  }

  // All controls as they were kept, and the camera.
  recall({ state, pose }) {
    const { views } = this.state;
    const kept = adopted(state, this.welcome);
    Object.assign(this.state, kept.state, { views });
    Object.assign(this, { refused: kept.refused, besideChosen: this.besideChosen || this.state.compare });
    for (const place of PLACES) Object.assign(this.slots[place], { history: null, oldSpots: true });
    this.look.camera.pose = pose;
    this.build();
    this.arrange();
    this.setLook();
    this.everything();
    if (this.state.typed) this.probeAt(...this.state.typed);
  }

  get field() {
    return this.fields[this.state.field];
  }

  get shown() {
    return this.state.compare ? PLACES : PLACES.slice(0, 1);
  }

  // ---------------------------------------------------------------- asking

  send(question) {
    const id = ++this.number;
    this.source.send({ id, ...question });
    return new Promise((resolve) => this.pending.set(id, resolve));
  }

  heard(packet) {
    if (packet.head.kind === "ready") return this.shown.forEach((place) => this.retry(place));
    const resolve = this.pending.get(packet.head.id);
    this.pending.delete(packet.head.id);
    resolve?.(packet);
  }

  // What had to wait is asked for again.
  retry(place) {
    const slot = this.slots[place];
    if (slot.waiting || slot.frame?.coarse) this.frame(place, true);
    if (slot.summaryWaits || slot.riskWaits || slot.frame?.coarse) this.rested(place);
  }

  // One picture is asked for at a time; what moved meanwhile is asked for after it.
  async frame(place, limits) {
    const slot = this.slots[place];
    slot.wanted = { limits: limits || slot.wanted?.limits };
    if (slot.asking) return;
    slot.asking = true;
    while (slot.wanted) {
      const wanted = slot.wanted;
      slot.wanted = null;
      const { state } = this;
      const field = this.field;
      const known = slot.limits[field.key];
      const drawn = structuredClone(state[place]);
      const mark = setTimeout(() => this.setOld(place, "computing …"), OLD_MS);
      const answer = await this.send({
        ask: "frame",
        place,
        design: state[place],
        field: field.key,
        percent: state.whole ? null : state.percent,
        moved: state.amplitude > 0,
        directions: state.directions !== "none",
        limits: Boolean(wanted.limits || !known || slot.picture?.field?.key !== field.key),
        probe: this.knownProbe(place),
        between: this.between(place),
        has: [slot.picture?.head?.cells ?? "", slot.picture?.head?.shape ?? ""],
        contacts: state.contacts,
        days: state.days,
      });
      clearTimeout(mark);
      this.took(slot, answer, field, drawn);
    }
    slot.asking = false;
  }

  took(slot, answer, field, drawn) {
    const { head } = answer;
    slot.waiting = head.kind === "waiting";
    slot.mistake = head.kind === "mistake" ? head.why : "";
    this.panels[slot.place].told(slot.mistake, head.note ?? "");
    if (head.kind !== "frame") return this.setOld(slot.place, slot.waiting || !slot.picture.head ? head.why : "not what the controls say");
    if (head.limits) slot.limits[field.key] = { limits: head.limits, colours: head.colours };
    const { picture } = slot;
    const first = !picture.head;
    const before = { head: picture.head, mesh: picture.mesh };
    const probe = this.knownProbe(slot.place);
    picture.take(answer, field);
    Object.assign(picture, { probe, between: this.between(slot.place) });
    this.agree(slot, head);
    Object.assign(slot, { frame: head, drawn }); // drawn: the design that is shown, not yet the one that moves
    if (before.head && before.head.shape !== head.shape) this.matches.retry();
    const other = before.head && before.head.cells !== head.cells;
    if (other && probe !== null && !this.state.typed) {
      this.putProbe(slot.place, null);
      this.layProbe(slot.place, before, probe);
      if (this.state.probe[slot.place] !== null) this.frame(slot.place, false);
    } else if (probe === null && !this.state.typed) this.beginProbe(slot);
    const { bones } = this.welcome;
    picture.title = this.letter(slot.place) + (bones.length > 1 ? `${bones[this.state[slot.place].bone].title}, ` : "") + head.title;
    picture.subtitle = subtitle(head, this.risk.subtitle(field));
    if (!slot.wanted) this.setOld(slot.place, "");
    this.spread();
    if (first && picture === this.pictures[0]) this.firstLook();
    if (this.state.typed && (first || other)) this.probeAt(...this.state.typed);
    else if (first) this.shareProbe();
    this.told();
  }

  // Pictures beside each other number and scale loads alike.
  agree(slot, head) {
    if (this.welcome.stored) return;
    head.own = { largest_n: head.largest_n, largest_nm: head.largest_nm };
    agreeOnLoads(this.shown.map((place) => (place === slot.place ? head : this.slots[place].frame)).filter(Boolean));
  }

  // Colours and limits that all pictures share.
  spread() {
    const known = this.shown.map((p) => this.slots[p].limits[this.state.field]).filter(Boolean);
    if (!known.length) return;
    const limits = [Math.min(...known.map((k) => k.limits[0])), Math.max(...known.map((k) => k.limits[1]))];
    this.look.limits = this.state.lock ?? limits;
    this.look.colours = this.welcome.colours[known[0].colours];
    if (!this.state.lock) this.lockInputs.forEach((input, k) => (input.value = number(limits[k], 5).replace("−", "-")));
    this.redraw();
  }

  async summary(place) {
    const slot = this.slots[place];
    slot.picture.oldSpots = slot.oldSpots = true;
    const asked = JSON.stringify(this.state[place]);
    const { head } = await this.send({ ask: "summary", design: this.state[place] });
    if (asked !== JSON.stringify(this.state[place])) return;
    if (head.kind !== "summary") return void (slot.summaryWaits = head.kind === "waiting");
    slot.summary = head;
    slot.spots = slot.picture.spots = head.hotspots.map((spot) => ({ ...spot, text: spotText(spot) }));
    slot.picture.oldSpots = slot.oldSpots = slot.summaryWaits = false;
    slot.picture.ask();
    this.told();
  }

  async history(place) {
    const slot = this.slots[place];
    const vertex = this.state.probe[place];
    const { typed } = this.state;
    if (vertex === null || this.knownProbe(place) === null) return;
    const asked = JSON.stringify(this.state[place]);
    const { head } = await this.send({ ask: "history", design: this.state[place], field: this.state.field, vertex, between: this.between(place) });
    if (asked !== JSON.stringify(this.state[place]) || vertex !== this.state.probe[place] || typed !== this.state.typed) return;
    if (head.kind !== "history") return;
    slot.history = head;
    slot.oldHistory = false;
    this.told();
  }

  // ---------------------------------------------------------------- what follows from a change

  everything() {
    for (const place of this.shown) {
      this.frame(place, true);
      this.rested(place);
    }
  }

  redraw(moving = false) {
    for (const picture of this.pictures) moving ? picture.move() : picture.ask();
  }

  // Time, field and deformation: new frames of all pictures.
  again(limits = false) {
    for (const place of this.shown) this.frame(place, limits);
    this.remember();
  }

  designMoved(place, rests) {
    this.slots[place].picture.oldSpots = this.slots[place].oldSpots = true;
    this.slots[place].oldHistory = true;
    this.risk.aged(place);
    this.frame(place, rests);
    if (rests) this.rested(place);
    this.told();
    this.remember();
  }

  rested(place) {
    const slot = this.slots[place];
    clearTimeout(slot.resting);
    slot.resting = setTimeout(() => {
      this.summary(place);
      this.risk.ask(place);
      this.history(place);
    }, SETTLED_MS);
  }

  // Say over a picture why it is not what the controls ask for, and pale what is read from it; "" if it is.
  setOld(place, why) {
    const { picture } = this.slots[place];
    picture?.setOld(this.stopped ?? why);
    for (const box of this.below.querySelectorAll(`[data-read="${place}"]`)) box.classList.toggle("aged", this.isOld(place));
  }

  isOld(place) {
    return Boolean(this.slots[place].picture?.holder.classList.contains("old"));
  }

  // From now on nothing is answered.
  stop(why) {
    this.stopped = why;
    for (const place of this.shown) this.setOld(place, why);
  }

  // Tell what of a link or a view could not be taken over.
  refuse(words) {
    this.refused.push(...words);
    this.notice.hidden = !this.refused.length;
    this.notice.textContent = `Not taken over: ${this.refused.join("; ")}.`;
  }

  setLook() {
    const { state, look } = this;
    look.amplitude = state.amplitude;
    look.outline = state.outline;
    look.forces = state.forces;
    look.plates = state.plates;
    look.part = state.part;
    look.directions = { mode: state.directions, principal: state.principal };
    look.bands = state.bands;
    look.cut = state.axis === "none" ? null : { axis: state.axis, share: state.share / 100, flip: state.flip };
    this.redraw();
    this.remember();
  }

  firstLook() {
    const { camera } = this.look;
    if (this.state.pose) camera.pose = this.state.pose;
    this.setLook();
    if (!this.looked) this.face(3);
    this.looked = true;
  }

  // ---------------------------------------------------------------- camera, probe

  get directions() {
    return [[1, 0, 0], [0, 0, 1], [-1, 0, 0], [0, 0, -1], [0, 1, 0], [0, -1, 0]];
  }

  face(side) {
    this.look.camera.faceTo(this.directions[side]);
    this.fit();
  }

  fit() {
    const picture = this.pictures.find((p) => p.mesh);
    if (!picture) return;
    picture.prepare();
    const { share } = boneRoom(picture.plan, picture.loads.length > 0);
    this.look.camera.fit(picture.bounds, picture.aspect, share);
    this.fitted = { pose: JSON.stringify(this.look.camera.pose), room: roomOf(picture) };
    this.redraw();
    this.remember();
  }

  // A bone that was fitted, and not moved since, stays fitted where its room changes.
  keepFit(picture) {
    if (picture !== this.pictures[0] || !this.fitted || this.fitted.room === roomOf(picture)) return;
    if (this.fitted.pose === JSON.stringify(this.look.camera.pose)) this.fit();
    else this.fitted = null;
  }

  // Look at a vertex from outside.
  flyTo(picture, vertex) {
    const { mesh } = picture;
    const at = [0, 1, 2].map((j) => mesh.placed[3 * vertex + j]);
    const [cx, cz] = sectionAt(this.boneOf(this.placeOf(picture)), mesh.level[vertex]).centre;
    const { camera } = this.look;
    camera.faceTo([mesh.points[3 * vertex] - cx, 0, mesh.points[3 * vertex + 2] - cz]);
    camera.focus = at;
    camera.half = Math.min(camera.half, 0.16 * (mesh.rest.high[1] - mesh.rest.low[1]));
    this.redraw();
    this.remember();
  }

  placeOf(picture) {
    return PLACES.find((p) => this.slots[p].picture === picture) ?? "a";
  }

  // The bone of a picture: its names, and length and sections of the shape that is shown.
  boneOf(place) {
    return { ...this.welcome.bones[this.state[place].bone], ...this.slots[place].picture?.anatomy };
  }

  // Put the probe on a vertex, and on the same place of the other bone.
  setProbe(place, vertex) {
    for (const one of PLACES) this.putProbe(one, one === place ? vertex : null, null);
    const other = PLACES.find((one) => one !== place);
    const { picture } = this.slots[place];
    this.probed = {};
    if (vertex !== null && this.slots[other].picture?.mesh) this.layProbe(other, picture, vertex);
    this.probeMoved();
  }

  // Put the probe on the outer surface at a level in percent and in a direction in degrees; whether there is one.
  probeAt(level, angle) {
    const typed = [level, angle];
    if (!this.shown.some((place) => this.between(place, typed))) return false;
    this.probed = {};
    for (const place of PLACES) {
      const { corners, weights } = this.between(place, typed) ?? {};
      this.putProbe(place, corners ? corners[weights.indexOf(Math.max(...weights))] : null, typed);
    }
    this.probeMoved();
    return true;
  }

  // A typed place on the bone of a picture, between vertices; null if there is none.
  between(place, typed = this.state.typed) {
    const mesh = this.slots[place].picture?.mesh;
    return typed && mesh ? placeAt(mesh, this.boneOf(place), typed[0] / 100, typed[1]) : null;
  }

  // Level in percent and direction in degrees of the probe of a picture.
  probeStands(place) {
    const { picture } = this.slots[place];
    const bone = this.boneOf(place);
    const at = picture.probeRest;
    return this.state.typed ?? [100 * Math.min(1, Math.max(0, at[1] / bone.length_mm)), directionOf(bone, at)];
  }

  // A probe of a link or a view, now that its bone is there.
  beginProbe({ place, frame, picture }) {
    const vertex = this.state.probe[place];
    if (vertex === null) return;
    if (this.knownProbe(place) !== null) {
      picture.probe = vertex;
      this.frame(place, false);
      this.history(place);
    } else if (!frame.coarse) {
      this.state.probe[place] = null;
      this.refuse([`probe ${vertex} (allowed: 0 to ${picture.mesh.count - 1})`]);
    }
  }

  // Where one picture has a probe and the other, now that it is there, has none.
  shareProbe() {
    const has = this.shown.find((place) => this.knownProbe(place) !== null);
    const lacks = this.shown.find((place) => this.state.probe[place] === null && this.slots[place].picture?.mesh);
    if (has && lacks) this.setProbe(has, this.state.probe[has]);
  }

  // The vertex of a probe, null of one that is none of the bone, or none yet.
  knownProbe(place) {
    const vertex = this.state.probe[place];
    return vertex !== null && vertex < (this.slots[place].picture?.mesh?.count ?? 0) ? vertex : null;
  }

  probeMoved() {
    this.redraw();
    this.again();
    for (const place of this.shown) this.history(place);
  }

  putProbe(place, vertex, typed = this.state.typed) {
    const slot = this.slots[place];
    this.state.typed = typed;
    this.state.probe[place] = vertex;
    slot.history = null;
    const own = { probe: vertex, between: vertex === null ? null : this.between(place) };
    for (const picture of [slot.picture, place === "a" && this.differencePicture]) if (picture) Object.assign(picture, own);
  }

  // Put the probe of a place where a vertex of another bone lies on its own.
  layProbe(place, { head, mesh }, vertex) {
    const { picture } = this.slots[place];
    const { probed } = this;
    const { shape } = picture.head;
    const later = () => {
      if (this.probed !== probed || picture.head.shape !== shape) return;
      this.layProbe(place, { head, mesh }, vertex);
      this.frame(place, false);
      this.history(place);
    };
    const match = this.matches.between({ head }, picture, later);
    if (match && !match.why) this.putProbe(place, nearest(match, mesh, vertex, picture.mesh));
  }

  setTime(percent) {
    this.state.percent = percent;
    this.state.whole = false;
    this.controls.percent.set(percent);
    this.controls.whole.set(false);
    this.again();
  }

  play() {
    this.playing = !this.playing;
    this.controls.play.textContent = this.playing ? "Pause" : "Play";
    const step = () => {
      if (!this.playing) return;
      if (!this.shown.some((p) => this.slots[p].asking)) this.setTime((Math.round(this.state.percent) + 1) % 101);
      setTimeout(step, PLAY_MS);
    };
    step();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { camera } = this.look;
    const turns = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    const actions = {
      "+": () => camera.zoomBy(1.2),
      "=": () => camera.zoomBy(1.2),
      "-": () => camera.zoomBy(1 / 1.2),
      f: () => this.fit(),
      " ": () => this.play(),
      ".": () => this.setTime(Math.min(100, this.state.percent + 1)),
      ",": () => this.setTime(Math.max(0, this.state.percent - 1)),
      Escape: () => this.setProbe("a", null),
      m: () => this.largest(),
    };
    for (let side = 0; side < 6; side++) actions[side + 1] = () => this.face(side);
    if (turns[event.key]) event.shiftKey ? camera.moveBy(-turns[event.key][0], -turns[event.key][1]) : camera.turnBy(...turns[event.key]);
    else if (actions[event.key]) actions[event.key]();
    else return;
    event.preventDefault();
    this.redraw(true);
    this.remember();
  }

  // The vertex with the largest size of what is shown, on the kept side, where it is evaluated.
  largest() {
    const { picture } = this.slots.a;
    const { mesh, values } = picture;
    const own = new Set(mesh.surfaces[mesh.part]);
    let best = null;
    for (const v of own) {
      if (Number.isNaN(values[v]) || (picture.gated && mesh.excluded[v]) || !mesh.keeps(v)) continue;
      const size = this.field.key === "days_to_failure" ? -values[v] : this.field.decades ? values[v] : Math.abs(values[v]);
      if (best === null || size > best.size) best = { v, size };
    }
    if (!best) return;
    this.setProbe("a", best.v);
    this.flyTo(picture, best.v);
  }

  // ---------------------------------------------------------------- building

  build() {
    const panel = document.getElementById("panel");
    document.title = this.welcome.bones[0].title;
    this.controls = {};
    this.panels = {};
    const designs = PLACES.map((place) => (this.panels[place] = new DesignPanel(this, place)).root);
    const loads = [...designs, besideGroup(this), riskGroup(this)];
    const [asked, drawn] = this.welcome.stored ? [[], []] : [loads, [directionsGroup(this)]]; // what a file without a server cannot compute
    this.notice = make("p", { className: "mistake", role: "alert", hidden: true });
    panel.replaceChildren(make("h1", {}, this.welcome.bones[0].title), this.notice, fieldGroup(this), timeGroup(this), ...asked, viewGroup(this), probeGroup(this), ...drawn, curvesGroup(this), viewsGroup(this), saveGroup(this));
    this.hover = make("div", { className: "hover", hidden: true });
    this.below = document.getElementById("below");
    this.refuse([]);
  }

  // A second design begins as the first; one that was chosen before comes back.
  beside(on) {
    const { state } = this;
    state.compare = on;
    if (!on) state.difference = false;
    if (on && !this.besideChosen) {
      const before = this.panels.b.root;
      state.b = structuredClone(state.a);
      this.panels.b = new DesignPanel(this, "b");
      before.replaceWith(this.panels.b.root);
    }
    this.besideChosen ||= on;
    this.arrange();
    this.everything();
  }

  // One holder for each picture; canvases are kept, since each holds its bone.
  arrange() {
    const { state, slots } = this;
    const holder = document.getElementById("pictures");
    const on = {
      camera: () => (this.redraw(true), this.remember()),
      pick: (picture, found) => found && this.setProbe(this.placeOf(picture), found.vertex),
      hover: (picture, found) => this.hovered(picture, found),
      key: (event) => this.key(event),
      drawn: (picture) => this.keepFit(picture),
      spot: (picture, spot) => this.goTo(this.placeOf(picture), spot),
    };
    const wanted = state.compare ? PLACES : PLACES.slice(0, 1);
    for (const place of wanted) slots[place].picture ??= new Picture(make("div", { className: "picture", id: `picture-${place}` }), this.look, on);
    if (state.difference) this.differencePicture ??= new Picture(make("div", { className: "picture", id: "picture-difference" }), this.look, on);
    this.pictures = wanted.map((p) => slots[p].picture);
    if (state.difference) this.pictures.push(this.differencePicture);
    this.look.pictures = this.pictures;
    holder.replaceChildren(...this.pictures.map((p) => p.holder), this.hover);
    holder.classList.toggle("several", this.pictures.length > 1);
    this.panels.b.root.hidden = !state.compare;
    for (const place of PLACES) this.panels[place].titled();
    this.controls.difference.hidden = !state.compare;
    this.remember();
  }

  // ---------------------------------------------------------------- telling

  hovered(picture, found) {
    this.hover.hidden = !found;
    if (!found) return;
    const { mesh, values, screen } = picture;
    const v = found.vertex;
    const gone = picture.gated && picture.excluded[v];
    this.hover.textContent = `${mesh.sites[mesh.site[v]]} (${number(100 * mesh.level[v], 3)} %): ${gone ? "excluded zone" : reading(values[v], picture.field, 3)}`;
    const edge = picture.holder.offsetLeft;
    const x = edge + screen.x[v] + 14;
    this.hover.style.left = `${Math.min(x, Math.max(0, document.getElementById("pictures").clientWidth - this.hover.offsetWidth - 4))}px`;
    this.hover.style.top = `${picture.holder.offsetTop + Math.max(4, screen.y[v] - 30)}px`;
  }

  goTo(place, spot) {
    if (this.slots[place].frame.frames > 1) this.setTime(Math.round(spot.percent));
    this.flyTo(this.slots[place].picture, spot.vertex);
  }

  told() {
    differ(this);
    this.controls.place.follow();
    const parts = [
      ...this.shown.map((place) => spotsBox(this, place)),
      ...riskBoxes(this),
      ...this.shown.flatMap((place) => [probeBox(this, place), ...loadsBox(this, place), ...curveBoxes(this, place)]),
    ];
    const focused = document.activeElement?.dataset?.spot;
    this.below.replaceChildren(...parts);
    this.below.classList.toggle("curves", this.state.section || this.state.path !== "none");
    if (focused) this.below.querySelector(`[data-spot="${focused}"]`)?.focus();
    for (const picture of this.pictures) {
      const limits = picture.own?.limits ?? this.look.limits;
      const spoken = limits && picture.field ? `${picture.title}, ${picture.subtitle}: ${picture.field.title} from ${number(limits[0])} to ${number(limits[1])} ${picture.field.unit}` : "";
      picture.canvas.setAttribute("aria-label", spoken);
    }
  }

  letter(place) {
    return this.state.compare ? `${place.toUpperCase()}: ` : "";
  }
}

// What a fit depends on but the bone: size and plan of a picture.
function roomOf({ plan: { width, height, bone } }) {
  return JSON.stringify([width, height, bone]);
}

// When it is, and what differs from the bone as it was opened.
function subtitle(head, over) {
  const instant = head.frames > 1 ? `${number(head.percent, 3)} % of contact` : "one instant";
  const when = over ?? (head.percent === null ? "largest over the contact" : instant);
  const exact = !over && head.percent !== null && head.frames > 1 ? `${number(1000 * head.time_s, 3)} ms` : "";
  return [when, exact, head.words].filter(Boolean).join(", ") + (head.coarse ? " (coarse)" : "");
}
