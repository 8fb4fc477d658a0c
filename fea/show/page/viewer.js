// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The page: its state, what it asks for, and what it shows of the answers.

import { Camera } from "./camera.js";
import { curves, key } from "./charts.js";
import { button, check, download, group, make, select, slider } from "./controls.js";
import { unpacked } from "./packet.js";
import { Picture } from "./picture.js";
import { along, directions, section } from "./sections.js";
import { Stored } from "./stored.js";
import { number, reading } from "./ticks.js";

const PLACES = ["a", "b"];
const OLD_MS = 150; // what takes longer is marked as old meanwhile
const SETTLED_MS = 350;
const PLAY_MS = 60;
const DESIGN = ["bone", "activity", "body_mass_kg", "pack_mass_kg", "demand", "step_rate_per_min", "footwear", "carriage", "t_score", "support"];
const DIFFERENCE = { key: "difference", decades: false };
const KEPT = ["equivalent_strain", "largest_principal_strain", "smallest_principal_strain", "von_mises_stress", "strain_energy_density", "displacement", "modulus"];

class Page {
  constructor(welcome, source) {
    Object.assign(this, { welcome, source });
    this.fields = Object.fromEntries(welcome.fields.map((f) => [f.key, f]));
    this.state = this.firstState();
    this.restore();
    const { sides } = welcome.bones[0];
    // Whole from the start: a picture may be drawn before the state is applied.
    const shown = { outline: true, forces: true, plates: true, part: "all", bands: 0, cut: null };
    this.look = { camera: new Camera(), amplitude: 0, limits: null, colours: null, grey: welcome.grey, sides, ...shown };
    this.slots = Object.fromEntries(PLACES.map((place) => [place, { place, limits: {}, spots: [], oldSpots: true }]));
    this.pending = new Map();
    this.number = 0;
    this.build();
    this.arrange();
    this.everything();
  }

  // ---------------------------------------------------------------- state

  firstState() {
    const designs = PLACES.map((_, k) => {
      const bone = Math.min(k, this.welcome.bones.length - 1);
      const own = this.welcome.bones[bone];
      return { ...Object.fromEntries(DESIGN.map((name) => [name, own[name] ?? null])), bone };
    });
    return {
      field: "equivalent_strain",
      percent: 40,
      whole: false,
      amplitude: 0,
      outline: true,
      forces: true,
      plates: true,
      part: "all",
      axis: "none",
      share: 50,
      flip: false,
      bands: 0,
      lock: null,
      compare: this.welcome.bones.length > 1,
      difference: false,
      contacts: 5000,
      path: "none",
      section: false,
      level: 38,
      probe: { a: null, b: null },
      a: designs[0],
      b: designs[1],
      pose: null,
    };
  }

  // State from the link; only entries that are known, of the kind that they have.
  restore() {
    if (this.welcome.stored) return;
    let given;
    try {
      given = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
    } catch {
      return;
    }
    const merge = (own, more) => {
      for (const [name, value] of Object.entries(more ?? {}))
        if (name in own && own[name] !== null && typeof own[name] === "object" && typeof value === "object") merge(own[name], value);
        else if (name in own && (own[name] === null || value === null || typeof own[name] === typeof value)) own[name] = value;
    };
    if (given && typeof given === "object") merge(this.state, given);
    this.looked = Boolean(this.state.pose);
    if (!this.fields[this.state.field]) this.state.field = "equivalent_strain";
    PLACES.forEach((place, k) => this.welcome.bones[this.state[place].bone]?.activities[this.state[place].activity] || (this.state[place] = this.firstState()[PLACES[k]]));
  }

  remember() {
    if (!this.looked || this.welcome.stored) return;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      this.state.pose = this.look.camera.pose;
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(this.state))}`);
    }, SETTLED_MS);
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
    if (slot.summaryWaits || slot.frame?.coarse) this.rested(place);
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
      const mark = setTimeout(() => slot.picture?.setOld("computing …"), OLD_MS);
      const answer = await this.send({
        ask: "frame",
        design: state[place],
        field: field.key,
        percent: state.whole ? null : state.percent,
        moved: state.amplitude > 0,
        limits: Boolean(wanted.limits || !known || slot.picture?.field?.key !== field.key),
        probe: state.probe[place],
        has: [slot.picture?.head?.cells ?? "", slot.picture?.head?.shape ?? ""],
        contacts: state.contacts,
      });
      clearTimeout(mark);
      this.took(slot, answer, field);
    }
    slot.asking = false;
  }

  took(slot, answer, field) {
    const { head } = answer;
    slot.waiting = head.kind === "waiting";
    slot.mistake = head.kind === "mistake" ? head.why : "";
    this.panels[slot.place].told(slot.mistake, head.note ?? "");
    if (head.kind !== "frame") {
      if (slot.picture?.head || slot.waiting) slot.picture?.setOld(slot.waiting ? head.why : "not what the controls say");
      return;
    }
    if (head.limits) slot.limits[field.key] = { limits: head.limits, colours: head.colours };
    const { picture } = slot;
    const first = !picture.head;
    if (picture.head && picture.head.cells !== head.cells && this.state.probe[slot.place] !== null) this.state.probe[slot.place] = null;
    picture.take(answer, field);
    picture.probe = this.state.probe[slot.place];
    slot.frame = head;
    const letter = this.state.compare ? `${slot.place.toUpperCase()}: ` : "";
    picture.title = `${letter}${head.title}`;
    picture.subtitle = head.percent === null ? "largest over the contact" : head.frames > 1 ? `${number(head.percent, 3)} % of contact, ${number(1000 * head.time_s, 3)} ms` : "one instant";
    if (!slot.wanted) picture.setOld("");
    this.spread();
    if (first && picture === this.pictures[0]) this.firstLook();
    if (first && slot.place === "b" && this.state.probe.a !== null && this.state.probe.b === null) this.setProbe("a", this.state.probe.a);
    this.told();
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
    if (vertex === null) return;
    const { head } = await this.send({ ask: "history", design: this.state[place], field: this.state.field, vertex });
    if (head.kind !== "history" || vertex !== this.state.probe[place]) return;
    slot.history = head;
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
      this.history(place);
    }, SETTLED_MS);
  }

  setLook() {
    const { state, look } = this;
    look.amplitude = state.amplitude;
    look.outline = state.outline;
    look.forces = state.forces;
    look.plates = state.plates;
    look.part = state.part;
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
    this.look.camera.fit(picture.bounds, picture.aspect);
    this.redraw();
    this.remember();
  }

  // Look at a vertex from outside.
  flyTo(picture, vertex) {
    const { mesh } = picture;
    const at = [0, 1, 2].map((j) => mesh.placed[3 * vertex + j]);
    const bone = this.welcome.bones[this.state[this.placeOf(picture)].bone];
    const [cx, cz] = bone.centres[Math.round(100 * mesh.level[vertex])];
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

  // Put the probe on a vertex, and on the same place of the other bone.
  setProbe(place, vertex) {
    const { probe } = this.state;
    const mesh = this.slots[place].picture.mesh;
    for (const other of PLACES) {
      const theirs = this.slots[other].picture?.mesh;
      if (vertex === null || !theirs) probe[other] = null;
      else probe[other] = other === place ? vertex : alike(mesh, theirs, vertex, this.slots[place], this.slots[other]);
      if (this.slots[other].picture) this.slots[other].picture.probe = probe[other];
      this.slots[other].history = null;
    }
    if (this.differencePicture) this.differencePicture.probe = probe.a;
    this.redraw();
    this.again();
    for (const other of this.shown) this.history(other);
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
    const loads = [...designs, this.besideGroup()];
    const asked = this.welcome.stored ? [] : loads; // what a file without a server cannot compute
    panel.replaceChildren(make("h1", {}, this.welcome.bones[0].title), this.fieldGroup(), this.timeGroup(), ...asked, this.viewGroup(), this.curvesGroup(), this.saveGroup());
    this.hover = make("div", { className: "hover", hidden: true });
    this.below = document.getElementById("below");
  }

  fieldGroup() {
    const { state } = this;
    const titles = Object.fromEntries(this.welcome.fields.map((f) => [f.key, f.unit ? `${f.title} (${f.unit})` : f.title]));
    this.controls.field = select("Field", titles, state.field, (name) => {
      state.field = name;
      state.lock = null;
      this.controls.lock.set(false);
      this.lockInputs.forEach((input) => (input.disabled = true));
      this.controls.contacts.hidden = name !== "days_to_failure";
      this.again(true);
      for (const place of this.shown) this.history(place);
    });
    const contacts = { low: 500, high: 20000, step: 500, value: state.contacts };
    this.controls.contacts = slider("Contacts of one leg a day", contacts, (n) => ((state.contacts = n), this.again()), () => this.again(true));
    this.controls.contacts.hidden = state.field !== "days_to_failure";
    this.lockInputs = ["from", "to"].map((end, k) => {
      const input = make("input", { type: "number", step: "any", "aria-label": `colours ${end}`, disabled: !state.lock });
      if (state.lock) input.value = state.lock[k];
      input.addEventListener("change", () => {
        const ends = this.lockInputs.map((i) => +i.value);
        if (ends[0] < ends[1]) ((state.lock = ends), this.spread(), this.remember());
      });
      return input;
    });
    this.controls.lock = check("Keep these colour limits", Boolean(state.lock), (on) => {
      state.lock = on ? [...this.look.limits] : null;
      this.lockInputs.forEach((input) => (input.disabled = !on));
      this.spread();
      this.remember();
    });
    const bands = { 0: "continuous", 6: "6 bands", 10: "10 bands", 16: "16 bands" };
    this.controls.bands = select("Colours", bands, state.bands, (n) => ((state.bands = +n), this.setLook()));
    const row = make("div", { className: "buttons" }, this.lockInputs[0], "to", this.lockInputs[1]);
    const largest = button("Largest value", () => this.largest(), { title: "Put the probe on the largest value shown (m)" });
    return group("Field", this.controls.field, this.controls.contacts, this.controls.lock, row, this.controls.bands, make("div", { className: "buttons" }, largest));
  }

  timeGroup() {
    const { state, controls } = this;
    const time = { low: 0, high: 100, step: 1, value: state.percent, unit: "%" };
    controls.percent = slider("Time in contact", time, (p) => ((state.percent = p), (state.whole = false), controls.whole.set(false), this.again()), () => this.again());
    controls.play = button("Play", () => this.play());
    controls.whole = check("Largest over the contact", state.whole, (on) => ((state.whole = on), this.again()));
    return group("Time", controls.percent, make("div", { className: "buttons" }, controls.play, controls.whole));
  }

  besideGroup() {
    const { state } = this;
    const beside = check("Second design beside it", state.compare, (on) => {
      state.compare = on;
      if (!on) state.difference = false;
      this.arrange();
      this.everything();
    });
    this.controls.difference = check("Third picture: B − A", state.difference, (on) => ((state.difference = on), this.arrange(), this.again()));
    this.controls.differenceNote = make("p", { className: "soft", hidden: true });
    return group("Compare", beside, this.controls.difference, this.controls.differenceNote);
  }

  viewGroup() {
    const { state } = this;
    const { sides } = this.welcome.bones[0];
    const faces = [...sides, "proximal", "distal"].map((side, k) => button(side, () => this.face(k), { title: `${side} side faces you (${k + 1})` }));
    const fit = button("fit", () => this.fit(), { title: "Show the whole bone (f)" });
    const amplitude = { low: 0, high: 50, step: 1, value: state.amplitude, text: (x) => `× ${x}` };
    const deform = slider("Deformation", amplitude, (x) => {
      const first = state.amplitude === 0 && x > 0;
      state.amplitude = x;
      this.setLook();
      if (first) this.again();
    }, () => this.again());
    const cuts = { none: "none", z: `${sides[1]} to ${sides[3]}`, x: `${sides[0]} to ${sides[2]}`, y: "across the shaft" };
    const place = slider("Place of the cut", { low: 0, high: 100, step: 1, value: state.share, unit: "%" }, (s) => ((state.share = s), this.setLook()), () => this.setLook());
    const flip = check("Keep the other side", state.flip, (on) => ((state.flip = on), this.setLook()));
    const cutting = (axis) => ((place.hidden = flip.hidden = axis === "none"), (state.axis = axis));
    const cut = select("Cut", cuts, state.axis, (axis) => (cutting(axis), this.setLook()));
    cutting(state.axis);
    const parts = { all: "cortical and cancellous", cortical: "cortical alone", cancellous: "cancellous alone" };
    const part = select("Tissue shown", parts, state.part, (name) => ((state.part = name), this.setLook()));
    const switches = [["outline", "Outline at rest"], ["forces", "Forces"], ["plates", "Hotspots"]];
    const checks = switches.map(([name, label]) => check(label, state[name], (on) => ((state[name] = on), this.setLook())));
    const keys = "Drag turns, wheel or pinch comes nearer, Shift and drag moves. Keys on the picture: arrows, + −, f, 1 to 6, space, comma, period, m, Esc.";
    return group("View", make("div", { className: "buttons", role: "group", "aria-label": "Side that faces you" }, ...faces, fit), deform, cut, place, flip, part, make("div", {}, ...checks), make("p", { className: "soft" }, keys));
  }

  curvesGroup() {
    const { state } = this;
    const ways = { none: "none", ...directions(this.welcome.bones[0].sides) };
    const path = select("Curve along the shaft", ways, state.path, (angle) => ((state.path = angle), this.told(), this.remember()));
    const level = slider("Level of the section", { low: 2, high: 98, step: 1, value: state.level, unit: "%" }, (l) => ((state.level = l), this.told()), () => this.remember());
    level.hidden = !state.section;
    const across = check("Section at a level", state.section, (on) => ((state.section = on), (level.hidden = !on), this.told(), this.remember()));
    return group("Curves", path, across, level);
  }

  saveGroup() {
    const link = button("Copy link", async () => {
      this.state.pose = this.look.camera.pose;
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(this.state))}`);
      await navigator.clipboard?.writeText(location.href).catch(() => {});
      link.textContent = "Link copied";
      setTimeout(() => (link.textContent = "Copy link"), 1500);
    });
    const saves = [button("Picture (PNG)", () => this.savePicture()), button("Values (CSV)", () => this.saveValues())];
    return group("Save", make("div", { className: "buttons" }, ...saves, ...(this.welcome.stored ? [] : [link])));
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
      spot: (picture, spot) => this.goTo(this.placeOf(picture), spot),
    };
    const wanted = state.compare ? PLACES : PLACES.slice(0, 1);
    for (const place of wanted) slots[place].picture ??= new Picture(make("div", { className: "picture", id: `picture-${place}` }), this.look, on);
    if (state.difference) this.differencePicture ??= new Picture(make("div", { className: "picture", id: "picture-difference" }), this.look, on);
    this.pictures = wanted.map((p) => slots[p].picture);
    if (state.difference) this.pictures.push(this.differencePicture);
    holder.replaceChildren(...this.pictures.map((p) => p.holder), this.hover);
    holder.classList.toggle("several", this.pictures.length > 1);
    this.panels.b.root.hidden = !state.compare;
    this.controls.difference.hidden = !state.compare;
    this.remember();
  }

  // ---------------------------------------------------------------- telling

  hovered(picture, found) {
    this.hover.hidden = !found;
    if (!found) return;
    const { mesh, values, screen } = picture;
    const v = found.vertex;
    const gone = picture.gated && mesh.excluded[v];
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
    this.differ();
    const parts = this.shown.flatMap((place) => [this.spotsBox(place), this.probeBox(place), ...this.curveBoxes(place)]);
    const focused = document.activeElement?.dataset?.spot;
    this.below.replaceChildren(...parts);
    this.below.classList.toggle("curves", this.state.section || this.state.path !== "none");
    if (focused) this.below.querySelector(`[data-spot="${focused}"]`)?.focus();
    for (const place of this.shown) {
      const { picture } = this.slots[place];
      const limits = this.look.limits;
      const spoken = limits ? `${picture.title}, ${picture.subtitle}: ${this.field.title} from ${number(limits[0])} to ${number(limits[1])} ${this.field.unit}` : "";
      picture.canvas.setAttribute("aria-label", spoken);
    }
  }

  letter(place) {
    return this.state.compare ? `${place.toUpperCase()}: ` : "";
  }

  spotsBox(place) {
    const slot = this.slots[place];
    const box = make("div", { className: `spots${slot.oldSpots ? " aged" : ""}`, id: `spots-${place}` });
    const words = slot.oldSpots ? "hotspots (being computed)" : "hotspots of the whole contact";
    box.append(make("h2", {}, this.letter(place) + words));
    if (slot.summary) box.append(make("div", {}, `equivalent strain p50 ${slot.summary.p50_ue.toFixed(0)}, p95 ${slot.summary.p95_ue.toFixed(0)} µε`));
    for (const spot of slot.spots) box.append(button(`${spot.rank}  ${spot.text}`, () => this.goTo(place, spot), { "data-spot": `${place}${spot.rank}` }));
    return box;
  }

  probeBox(place) {
    const slot = this.slots[place];
    const box = make("div", { className: "probe", id: `probe-${place}` }, make("h2", {}, `${this.letter(place)}probe`));
    const probe = slot.frame?.probe;
    if (this.state.probe[place] === null || !probe) {
      box.append(make("div", { className: "soft" }, "Click on the bone."));
      return box;
    }
    const when = slot.frame.percent === null ? "largest over the contact" : `${number(slot.frame.percent, 3)} % of contact`;
    box.append(make("div", {}, `${probe.site} (${number(100 * probe.level, 3)} % of length), ${when}`));
    if (probe.excluded) box.append(make("div", { className: "soft" }, "excluded zone: near a support or load"));
    const row = make("div", { style: "display: flex; flex-wrap: wrap; gap: 18px" });
    row.append(this.readingTable(probe));
    const chart = this.historyChart(slot);
    if (chart) row.append(chart);
    box.append(row, button("Remove the probe", () => this.setProbe(place, null)));
    return box;
  }

  readingTable(probe) {
    const names = [...new Set([this.state.field, ...KEPT])].filter((name) => name in probe.values);
    const gone = (name) => probe.excluded && !["tissue", "displacement"].includes(this.fields[name].source);
    const rows = names.filter((name) => !gone(name)).map((name) => {
      const value = make("td", { "data-field": name, "data-value": probe.values[name] }, reading(probe.values[name], this.fields[name]));
      return make("tr", {}, make("td", {}, this.fields[name].title), value);
    });
    return make("table", { className: "reading" }, ...rows);
  }

  historyChart(slot) {
    const history = slot.history;
    if (!history || history.percent.length < 2 || slot.frame.probe.excluded) return null;
    const own = this.field;
    const shown = own.source !== "strain" && own.key in history.values ? [own.key] : KEPT.slice(0, 3);
    const series = shown.map((name) => ({ name: this.fields[name].title, x: history.percent, y: history.values[name] }));
    const at = slot.frame.percent;
    const unit = this.fields[shown[0]].unit;
    const chart = curves(series, { width: 250, height: 128, xTitle: "% of contact", yTitle: unit, mark: at });
    return make("div", {}, chart, key(series));
  }

  // Curve along the shaft and section at a level, of what the picture shows.
  curveBoxes(place) {
    const { state, welcome } = this;
    const { picture } = this.slots[place];
    if (!picture?.values || !this.look.limits) return [];
    const { mesh, values, gated, field } = picture;
    const bone = welcome.bones[state[place].bone];
    const gone = (v) => Number.isNaN(values[v]) || Boolean(gated && mesh.excluded[v]);
    const unit = field.decades ? "power of ten" : field.unit;
    const boxes = [];
    if (state.path !== "none") {
      const { x, y } = along(mesh, values, gone, bone, +state.path);
      const name = directions(bone.sides)[state.path];
      const level = state.probe[place] === null ? null : 100 * mesh.level[state.probe[place]];
      const chart = curves([{ name, x, y }], { width: 280, height: 150, xTitle: "% of length from distal", yTitle: unit, mark: level });
      boxes.push(make("div", { className: "curve", id: `path-${place}` }, make("h2", {}, `${this.letter(place)}${field.title}, ${name}`), chart));
    }
    if (state.section) {
      const [low, high] = this.look.limits;
      const colour = (value) => {
        const c = 3 * Math.round(255 * Math.max(0, Math.min(1, (value - low) / (high - low))));
        return `rgb(${this.look.colours.slice(c, c + 3).join(",")})`;
      };
      const { chart, known } = section({ mesh, values, gone, bone, level: state.level / 100, limits: this.look.limits, colour, sides: bone.sides });
      const ends = known.length ? `around: ${reading(Math.min(...known), field)} to ${reading(Math.max(...known), field)}` : "not evaluated";
      boxes.push(make("div", { className: "curve", id: `section-${place}` }, make("h2", {}, `${this.letter(place)}section at ${state.level} %`), make("div", {}, ends), chart));
    }
    return boxes;
  }

  // B − A, where both have the same cells and the field has a difference.
  differ() {
    const { state, slots, controls } = this;
    if (!state.difference || !slots.b.picture?.values || !slots.a.picture?.values) return;
    const [a, b] = [slots.a.picture, slots.b.picture];
    const same = a.head.cells === b.head.cells && a.field.key === b.field.key;
    controls.differenceNote.hidden = same;
    controls.differenceNote.textContent = "B − A needs the same bone with elements of one size.";
    this.differencePicture.holder.hidden = !same;
    if (!same) return;
    const values = b.values.map((value, i) => value - a.values[i]);
    const sizes = Float32Array.from(values.filter((v, i) => Number.isFinite(v) && !a.mesh.excluded[i]), Math.abs).sort();
    const high = sizes[Math.floor(0.995 * (sizes.length - 1))] || 1;
    const power = 10 ** Math.floor(Math.log10(high));
    const round = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((s) => s * power).find((s) => s >= high);
    const picture = this.differencePicture;
    picture.own = { limits: [-round, round], colours: this.welcome.colours.signed };
    const unit = a.field.decades ? "powers of ten" : a.field.unit;
    picture.title = "B − A";
    picture.subtitle = a.subtitle;
    picture.takeValues(a, values, { ...a.field, ...DIFFERENCE, unit, title: `difference of ${a.field.title}` });
  }

  // ---------------------------------------------------------------- saving

  async savePicture() {
    const scale = 2;
    const parts = this.pictures.filter((p) => !p.holder.hidden);
    const [width, height] = [parts.reduce((sum, p) => sum + p.canvas.clientWidth, 0), parts[0].canvas.clientHeight];
    const sheet = make("canvas", { width: scale * width, height: scale * height });
    const paper = sheet.getContext("2d");
    let left = 0;
    for (const picture of parts) {
      picture.moving = false;
      picture.draw();
      const wide = picture.canvas.clientWidth;
      paper.drawImage(picture.canvas, scale * left, 0, scale * wide, scale * height);
      paper.drawImage(await this.overAsImage(picture, wide, height), scale * left, 0, scale * wide, scale * height);
      left += wide;
    }
    const blob = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
    download(blob, "bone.png");
  }

  async overAsImage(picture, width, height) {
    const svg = picture.overlay.svg.cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const style = "text{font:12px sans-serif;paint-order:stroke;stroke:#fff;stroke-width:3px;fill:#1a1a1a}.spot text{stroke:none;fill:#fff}.strong{font-weight:700;font-size:13px}.small{font-size:11px}";
    svg.prepend(Object.assign(document.createElementNS(svg.namespaceURI, "style"), { textContent: style }));
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
    await image.decode();
    return image;
  }

  saveValues() {
    const field = this.field;
    const names = field.decades ? `log10 ${field.title}` : field.title;
    const lines = [["design", "vertex", "x_mm", "y_mm", "z_mm", "level", "site", `${names}${field.unit && !field.decades ? ` [${field.unit}]` : ""}`]];
    for (const place of this.shown) {
      const { mesh, values, gated } = this.slots[place].picture;
      for (const v of [...new Set(mesh.surfaces[mesh.part])].filter((i) => mesh.keeps(i)).sort((a, b) => a - b)) {
        const at = [0, 1, 2].map((j) => mesh.points[3 * v + j].toFixed(4));
        const value = Number.isNaN(values[v]) || (gated && mesh.excluded[v]) ? "" : values[v].toPrecision(7);
        lines.push([place.toUpperCase(), v, ...at, mesh.level[v].toFixed(5), mesh.sites[mesh.site[v]], value]);
      }
    }
    const cell = (text) => (/[",\n]/.test(text) ? `"${String(text).replaceAll('"', '""')}"` : text);
    download(new Blob([lines.map((line) => line.map((c) => cell(String(c))).join(",")).join("\n") + "\n"], { type: "text/csv" }), "bone.csv");
  }
}

// Controls of one design.
class DesignPanel {
  constructor(page, place) {
    Object.assign(this, { page, place });
    this.mistake = make("p", { className: "mistake", role: "alert", hidden: true });
    this.note = make("p", { className: "soft", role: "status", hidden: true });
    const { bone, rows } = { bone: this.bone, rows: this.rows() };
    this.root = group(page.welcome.bones.length > 1 || place === "b" ? `${place.toUpperCase()}: ${bone.title}` : "Load and tissue", ...rows, this.note, this.mistake);
    this.offer();
  }

  get design() {
    return this.page.state[this.place];
  }

  get bone() {
    return this.page.welcome.bones[this.design.bone];
  }

  get activity() {
    return this.bone.activities[this.design.activity];
  }

  moved(name, value, rests) {
    this.design[name] = value;
    this.page.designMoved(this.place, rests);
  }

  slide(name, label, ends) {
    return slider(label, { ...ends, value: this.design[name] ?? 0 }, (x) => this.moved(name, x, false), (x) => this.moved(name, x, true));
  }

  rows() {
    const titles = Object.fromEntries(Object.entries(this.bone.activities).map(([name, a]) => [name, a.title]));
    this.chosen = select("Activity", titles, this.design.activity, (name) => {
      const { body_mass_kg, pack_mass_kg, footwear, carriage } = this.design;
      Object.assign(this.design, { activity: name, body_mass_kg, pack_mass_kg, footwear, carriage });
      this.design.demand = this.activity.demand?.value ?? null;
      this.design.step_rate_per_min = null;
      this.offer();
      this.page.designMoved(this.place, true);
    });
    this.mass = this.slide("body_mass_kg", "Body mass", { low: 40, high: 120, step: 1, unit: "kg" });
    this.pack = this.slide("pack_mass_kg", "Pack", { low: 0, high: 40, step: 1, unit: "kg" });
    this.carriage = select("Carried as", this.bone.carriages, this.design.carriage, (name) => this.moved("carriage", name, true));
    this.footwear = select("Footwear", this.bone.shoes, this.design.footwear, (name) => this.moved("footwear", name, true));
    this.demand = slider("Speed", { low: 0, high: 1, step: 0.1, value: 0 }, (x) => this.demanded(x, false), (x) => this.demanded(x, true));
    const rated = (x, rests) => this.moved("step_rate_per_min", Math.round(x * this.usualRate()) / 100, rests);
    this.rate = slider("Step rate, share of the usual", { low: 75, high: 125, step: 1, value: 100, unit: "%" }, (x) => rated(x, false), (x) => rated(x, true));
    this.tScore = this.slide("t_score", "Bone density, T-score", { low: -4, high: 0, step: 0.1, text: (x) => number(x) });
    const supports = { fixed: "fixed", foundation: "elastic foundation", free: "free (inertia relief)" };
    this.support = select("Support", supports, this.design.support, (name) => this.moved("support", name, true));
    return [this.chosen, this.mass, this.demand, this.rate, this.pack, this.carriage, this.footwear, this.tScore, this.support];
  }

  // The step rate keeps its share of the usual one at the speed.
  demanded(x, rests) {
    const rate = this.design.step_rate_per_min;
    const share = rate === null || !this.usualRate() ? null : rate / this.usualRate();
    this.design.demand = x;
    this.design.step_rate_per_min = share === null ? null : share * this.usualRate();
    this.page.designMoved(this.place, rests);
  }

  usualRate() {
    const rate = this.activity.step_rate;
    if (!rate) return 0;
    const { at, usual } = rate;
    const x = Math.max(at[0], Math.min(at[at.length - 1], this.design.demand ?? at[0]));
    const k = Math.max(1, at.findIndex((knot) => knot >= x));
    return at.length === 1 ? usual[0] : usual[k - 1] + ((x - at[k - 1]) / (at[k] - at[k - 1])) * (usual[k] - usual[k - 1]);
  }

  // What the chosen activity has: speed or height, step rate, pack and shoes.
  offer() {
    const { activity, design } = this;
    const own = activity?.demand;
    this.demand.hidden = !own;
    if (own) {
      this.demand.named(own.name === "speed" ? "Speed" : "Drop height", own.unit);
      this.demand.range({ low: own.low, high: own.high, step: own.high > 2 ? 0.1 : 0.05 });
      this.demand.set(design.demand ?? own.value);
    }
    this.rate.hidden = !activity?.step_rate;
    if (activity?.step_rate) this.rate.set(design.step_rate_per_min === null ? 100 : Math.round((100 * design.step_rate_per_min) / this.usualRate()));
    for (const row of [this.pack, this.carriage, this.footwear]) row.hidden = !activity?.stance;
  }

  told(mistake, note) {
    this.mistake.hidden = !mistake;
    this.mistake.textContent = mistake;
    this.note.hidden = !note;
    this.note.textContent = note;
  }
}

function spotText(spot) {
  const sign = spot.strain_ue > 0 ? "+" : "";
  return `${spot.site} (${(100 * spot.level).toFixed(0)} %), ${spot.mode}: ${sign}${spot.strain_ue.toFixed(0).replace("-", "−")} µε`;
}

// The vertex of another mesh at the same place: the same one on the same cells, else the nearest after scaling.
function alike(mesh, other, vertex, own, theirs) {
  if (own.picture.head.cells === theirs.picture.head.cells) return vertex;
  const share = (other.rest.high[1] - other.rest.low[1]) / (mesh.rest.high[1] - mesh.rest.low[1]);
  const at = [0, 1, 2].map((j) => share * mesh.points[3 * vertex + j]);
  let best = { distance: Infinity, vertex: 0 };
  for (let v = 0; v < other.count; v++) {
    const distance = Math.hypot(...at.map((a, j) => other.points[3 * v + j] - a));
    if (distance < best.distance) best = { distance, vertex: v };
  }
  return best.vertex;
}

// Answers come through a socket beside the page, whatever proxy and path it has come through.
function connect() {
  const place = new URL("ws", location.href);
  place.protocol = place.protocol.replace("http", "ws");
  const socket = new WebSocket(place);
  socket.binaryType = "arraybuffer";
  let page = null;
  socket.addEventListener("message", ({ data }) => {
    const packet = unpacked(data);
    if (packet.head.kind === "welcome") window.page = page = new Page(packet.head, { send: (question) => socket.send(JSON.stringify(question)) });
    else page.heard(packet);
  });
  socket.addEventListener("close", () => {
    for (const picture of page?.pictures ?? []) picture.setOld("The viewer has stopped: start bonefea view again.");
  });
}

// A page that is a file of its own brings its answers along.
async function open(stored) {
  const source = await Stored.read(stored.textContent);
  const send = (question) => setTimeout(() => window.page.heard(source.answer(question)));
  window.page = new Page(source.welcome, { send });
}

const stored = document.getElementById("stored");
if (stored) open(stored);
else connect();
