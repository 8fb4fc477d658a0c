// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Controls of one design.

import { group, make, select, slider } from "./controls.js";
import { RANGES, SUPPORTS, reaching } from "./ranges.js";
import { shapeGroup } from "./shapes.js";
import { number } from "./ticks.js";

export class DesignPanel {
  constructor(page, place) {
    Object.assign(this, { page, place });
    this.mistake = make("p", { className: "mistake", role: "alert", hidden: true });
    this.note = make("p", { className: "soft", role: "status", hidden: true });
    this.root = group("", ...this.rows(), this.note, this.mistake);
    this.titled();
    this.offer();
  }

  titled() {
    this.root.querySelector("summary").textContent = this.page.state.compare ? `${this.page.letter(this.place)}${this.bone.title}` : "Load and tissue";
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

  // A slider reaches the bone as it was opened too.
  reach(name) {
    const [low, high] = reaching(name, this.bone[name]);
    return { low, high };
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
    this.mass = this.slide("body_mass_kg", "Body mass", { ...this.reach("body_mass_kg"), step: 1, unit: "kg" });
    this.pack = this.slide("pack_mass_kg", "Pack", { ...this.reach("pack_mass_kg"), step: 1, unit: "kg" });
    this.carriage = select("Carried as", this.bone.carriages, this.design.carriage, (name) => this.moved("carriage", name, true));
    this.footwear = select("Footwear", this.bone.shoes, this.design.footwear, (name) => this.moved("footwear", name, true));
    this.demand = slider("Speed", { low: 0, high: 1, step: 0.1, value: 0 }, (x) => this.demanded(x, false), (x) => this.demanded(x, true));
    const [slow, fast] = RANGES.step_rate_percent;
    const rated = (x, rests) => this.moved("step_rate_per_min", Math.round(x * this.usualRate()) / 100, rests);
    this.rate = slider("Step rate, share of the usual", { low: slow, high: fast, step: 1, value: 100, unit: "%" }, (x) => rated(x, false), (x) => rated(x, true));
    this.tScore = this.slide("t_score", "Bone density, T-score", { ...this.reach("t_score"), step: 0.1, text: (x) => number(x) });
    this.support = select("Support", SUPPORTS, this.design.support, (name) => this.moved("support", name, true));
    return [this.chosen, this.mass, this.demand, this.rate, this.pack, this.carriage, this.footwear, this.tScore, this.support, shapeGroup(this)];
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
