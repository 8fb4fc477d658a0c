// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// What stands below the pictures: hotspots, the probe, curves.

import { curves, key } from "./charts.js";
import { button, make } from "./controls.js";
import { loadColour, loadLabel, loadText, numbered } from "./loads.js";
import { along, section, sectorName } from "./sections.js";
import { number, reading } from "./ticks.js";

const KEPT = ["equivalent_strain", "largest_principal_strain", "smallest_principal_strain", "von_mises_stress", "strain_energy_density", "displacement", "modulus"];

export function spotsBox(page, place) {
  const slot = page.slots[place];
  const box = make("div", { className: `spots${slot.oldSpots ? " aged" : ""}`, id: `spots-${place}` });
  const words = slot.oldSpots ? "hotspots (being computed)" : "hotspots of the whole contact";
  box.append(make("h2", {}, page.letter(place) + words));
  if (slot.summary) box.append(make("div", {}, slot.summary.percentiles));
  for (const spot of slot.spots) {
    const row = button(spot.text, () => page.goTo(place, spot), { "data-spot": `${place}${spot.rank}` });
    row.prepend(make("span", { className: "spot-mark" }, String(spot.rank)), " ");
    box.append(row);
  }
  return box;
}

export function spotText(spot) {
  return `${spot.site} (${(100 * spot.level).toFixed(0)} %), ${spot.mode}: ${spotStrain(spot)}`;
}

function spotStrain({ strain_ue: size }) {
  return `${size > 0 ? "+" : ""}${size.toFixed(0).replace("-", "−")} µε`;
}

// The numbers of the loads, where the picture has no room for them.
export function loadsBox(page, place) {
  const { picture } = page.slots[place];
  if (!picture?.head || !picture.keyBelow) return [];
  const rows = numbered(picture.loads, picture.head).map((load) => {
    const plate = make("span", { className: "plate", style: `background: ${loadColour(load)}` }, loadLabel(load));
    return make("div", { className: "load" }, plate, loadText(load));
  });
  return [make("div", { id: `loads-${place}` }, make("h2", {}, `${page.letter(place)}forces and moments`), ...rows)];
}

export function probeBox(page, place) {
  const slot = page.slots[place];
  const box = make("div", { className: page.isOld(place) ? "probe aged" : "probe", id: `probe-${place}`, "data-read": place }, make("h2", {}, `${page.letter(place)}probe`));
  const probe = slot.frame?.probe;
  if (page.state.probe[place] === null || !probe) {
    box.append(make("div", { className: "soft" }, "Click on the bone."));
    return box;
  }
  const when = slot.frame.percent === null ? "largest over the contact" : `${number(slot.frame.percent, 3)} % of contact`;
  const [level, angle] = page.probeStands(place);
  const bone = page.boneOf(place);
  box.append(make("div", {}, `${probe.site} (${number(level, 3)} % of length, ${sectorName(bone, angle)} at ${number(angle, 3)}°), ${when}`));
  if (probe.excluded) box.append(make("div", { className: "soft" }, "excluded zone: near a support or load"));
  const spot = slot.oldSpots ? null : slot.spots.find(({ within }) => within.includes(page.state.probe[place]));
  if (spot) box.append(make("div", {}, `in hotspot ${spot.rank}, mean of its hotter half at its peak: ${spotStrain(spot)}`));
  const row = make("div", { style: "display: flex; flex-wrap: wrap; gap: 18px" });
  row.append(readingTable(page, probe));
  const chart = historyChart(page, slot);
  if (chart) row.append(chart);
  box.append(row, button("Remove the probe", () => page.setProbe(place, null)));
  return box;
}

function readingTable(page, probe) {
  const names = [...new Set([page.state.field, ...KEPT])].filter((name) => name in probe.values);
  const gone = (name) => probe.excluded && !["tissue", "displacement"].includes(page.fields[name].source);
  const rows = names.filter((name) => !gone(name)).map((name) => {
    const value = make("td", { "data-field": name, "data-value": probe.values[name] }, reading(probe.values[name], page.fields[name]));
    return make("tr", {}, make("td", {}, page.fields[name].title), value);
  });
  return make("table", { className: "reading" }, ...rows);
}

function historyChart(page, slot) {
  const history = slot.history;
  if (!history || history.percent.length < 2 || slot.frame.probe.excluded) return null;
  const own = page.field;
  const shown = own.source !== "strain" && own.key in history.values ? [own.key] : KEPT.slice(0, 3);
  const series = shown.map((name) => ({ name: page.fields[name].title, x: history.percent, y: history.values[name] }));
  const at = slot.frame.percent;
  const unit = page.fields[shown[0]].unit;
  const chart = curves(series, { width: 250, height: 128, xTitle: "% of contact", yTitle: unit, mark: at });
  return make("div", { className: slot.oldHistory ? "aged" : "" }, chart, key(series));
}

// Curve along the shaft and section at a level, of what the picture shows.
export function curveBoxes(page, place) {
  const { state } = page;
  const { picture } = page.slots[place];
  if (!picture?.values || !page.look.limits) return [];
  const { mesh, values, gated, field } = picture;
  const bone = page.boneOf(place);
  const gone = (v) => Number.isNaN(values[v]) || Boolean(gated && mesh.excluded[v]);
  const unit = field.decades ? "power of ten" : field.unit;
  const boxes = [];
  const className = () => (page.isOld(place) ? "curve aged" : "curve");
  if (state.path !== "none") {
    const { x, y } = along(mesh, values, gone, bone, +state.path);
    const name = sectorName(bone, +state.path);
    const level = state.probe[place] === null ? null : 100 * mesh.level[state.probe[place]];
    const chart = curves([{ name, x, y }], { width: 280, height: 150, xTitle: "% of length from distal", yTitle: unit, mark: level });
    boxes.push(make("div", { className: className(), id: `path-${place}`, "data-read": place }, make("h2", {}, `${page.letter(place)}${field.title}, ${name}`), chart));
  }
  if (state.section) {
    const [low, high] = page.look.limits;
    const colour = (value) => {
      const c = 3 * Math.round(255 * Math.max(0, Math.min(1, (value - low) / (high - low))));
      return `rgb(${page.look.colours.slice(c, c + 3).join(",")})`;
    };
    const { chart, known } = section({ mesh, values, gone, bone, level: state.level / 100, limits: page.look.limits, colour, sides: bone.sides });
    const ends = known.length ? `around: ${reading(Math.min(...known), field)} to ${reading(Math.max(...known), field)}` : "not evaluated";
    boxes.push(make("div", { className: className(), id: `section-${place}`, "data-read": place }, make("h2", {}, `${page.letter(place)}section at ${state.level} %`), make("div", {}, ends), chart));
  }
  return boxes;
}
