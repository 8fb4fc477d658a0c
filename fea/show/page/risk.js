// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Stress fractures when the contact that is shown is done equally often on every day.

import { curves, key } from "./charts.js";
import { check, group, make, slider } from "./controls.js";
import { RANGES } from "./ranges.js";
import { number } from "./ticks.js";

const BY_DAYS = ["damage_after_days", "fracture_density"];
const BY_CONTACTS = [...BY_DAYS, "days_to_failure"];

export class Risk {
  constructor(page) {
    this.page = page;
  }

  get on() {
    return this.page.state.risk && !this.page.welcome.stored;
  }

  // Ask for the fractures of a design, one question at a time.
  async ask(place) {
    const { page } = this;
    const slot = page.slots[place];
    if (!this.on) return;
    this.aged(place);
    slot.riskWanted = true;
    if (slot.riskAsking) return;
    slot.riskAsking = true;
    while (slot.riskWanted) {
      slot.riskWanted = false;
      const design = { ...page.state[place] };
      const { head } = await page.send({ ask: "risk", design, contacts: page.state.contacts });
      slot.riskWaits = head.kind === "waiting";
      if (JSON.stringify(design) !== JSON.stringify(page.state[place])) continue; // asked again when it rests
      slot.risk = head.kind === "risk" ? head : null;
      slot.oldRisk = slot.riskWanted || head.kind !== "risk";
      this.told();
    }
    slot.riskAsking = false;
  }

  aged(place) {
    if (this.page.slots[place].oldRisk) return; // a drag tells it once
    this.page.slots[place].oldRisk = true;
    this.say(place);
  }

  // Contacts or days have moved: what is known of other days needs no question.
  moved(contacts, rests) {
    const { page } = this;
    if (contacts) for (const place of page.shown) this.ask(place);
    if ((contacts ? BY_CONTACTS : BY_DAYS).includes(page.state.field)) page.again(rests);
    this.told();
    page.remember();
  }

  told() {
    for (const place of this.page.shown) this.say(place);
    this.page.told();
  }

  // Lines under the title of the picture.
  say(place) {
    const { picture } = this.page.slots[place];
    if (!picture) return;
    picture.lines = this.on ? [`after ${this.amount}:`, this.sentence(place)] : [];
    picture.ask();
  }

  get amount() {
    const { days, contacts } = this.page.state;
    return `${days} ${days === 1 ? "day" : "days"} of ${contacts} contacts`;
  }

  sentence(place) {
    const slot = this.page.slots[place];
    if (slot.oldRisk || !slot.risk) return "being computed …";
    return slot.risk.sentences[this.page.state.days - 1];
  }

  share(place) {
    return this.page.slots[place].risk?.share[this.page.state.days - 1] ?? null;
  }

  // What a picture of a field of risk shows, in place of the time; null of other fields.
  subtitle(field) {
    if (field.source !== "risk") return null;
    if (BY_DAYS.includes(field.key)) return this.amount;
    return field.key === "days_to_failure" ? `${this.page.state.contacts} contacts a day, without repair` : "of the whole contact";
  }
}

export function riskGroup(page) {
  const { state, controls } = page;
  const on = check("Stress fractures after days of this", state.risk, (now) => {
    state.risk = now;
    for (const place of page.shown) page.risk.ask(place);
    page.risk.told();
    page.remember();
  });
  const contacts = { low: RANGES.contacts[0], high: RANGES.contacts[1], step: 100, value: state.contacts };
  controls.contacts = slider("Contacts of one leg a day", contacts, (n) => ((state.contacts = n), page.risk.moved(true, false)), () => page.risk.moved(true, true));
  const days = { low: 1, high: page.welcome.most_days, step: 1, value: state.days };
  controls.days = slider("Days in a row", days, (n) => ((state.days = n), page.risk.moved(false, false)), () => page.risk.moved(false, true));
  const note =
    "The same on every day, from rest on, as bonefea plan follows it. “Such people” are virtual subjects whose mass, load, density, bone size and fatigue life differ; " +
    "in brackets the 5th and 95th percentile of their own probabilities. Once repair keeps pace the curve stays level. For research and teaching, not medical advice.";
  return group("Risk", on, controls.contacts, controls.days, make("p", { className: "soft" }, note));
}

// One box for all designs, so that they stand beside each other; none where it is not asked for.
export function riskBoxes(page) {
  const { state, shown, slots, risk } = page;
  if (!risk.on) return [];
  const box = make("div", { className: "risk", id: "risk" }, make("h2", {}, `after ${risk.amount} a day`));
  for (const place of shown) {
    const old = slots[place].oldRisk || !slots[place].risk;
    const row = make("div", { className: old ? "aged" : "", "data-place": place }, page.letter(place) + risk.sentence(place));
    if (!old) row.setAttribute("data-share", risk.share(place));
    box.append(row);
  }
  const [one, two] = shown.map((place) => (slots[place].oldRisk ? null : risk.share(place)));
  if (one && (two ?? null) !== null) box.append(make("div", { id: "risk-ratio", "data-ratio": two / one }, `B to A: × ${number(two / one, 3)}`));
  const known = shown.filter((place) => slots[place].risk);
  if (!known.length) return [box];
  const km = [...new Set(known.map((place) => slots[place].risk.km_per_day).filter(Boolean).map((km) => `${number(km, 3)}\u00a0km`))].join(", ");
  const average = known.map((place) => `${page.letter(place)}${number(100 * slots[place].risk.average[state.days - 1], 2)}\u00a0%`).join(", ");
  const aged = known.some((place) => slots[place].oldRisk) ? " aged" : "";
  box.append(make("div", { className: `soft${aged}` }, `${km && `${km} a day; `}the average person: ${average}`));
  const day = slots[known[0]].risk.share.map((_, k) => k + 1);
  const series = known.map((place) => ({ name: `${page.letter(place)}expected share`, x: day, y: slots[place].risk.share.map((p) => 100 * p) }));
  const chart = curves(series, { width: 230, height: 104, xTitle: "days", yTitle: "%", mark: state.days });
  box.append(make("div", { className: aged.trim() }, chart));
  if (series.length > 1) box.append(key(series));
  return [box];
}
