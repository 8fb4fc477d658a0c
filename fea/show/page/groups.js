// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Groups of controls beside the pictures.

import { button, check, group, make, select, slider } from "./controls.js";
import { BANDS, DIRECTIONS, PARTS, PRINCIPALS, RANGES } from "./ranges.js";
import { saveValues, savePicture } from "./saving.js";
import { sectorName, sectorsOf } from "./sections.js";
import { number } from "./ticks.js";

export function fieldGroup(page) {
  const { state } = page;
  const titles = Object.fromEntries(page.welcome.fields.map((f) => [f.key, f.unit ? `${f.title} (${f.unit})` : f.title]));
  page.controls.field = select("Field", titles, state.field, (name) => {
    state.field = name;
    state.lock = null;
    page.controls.lock.set(false);
    page.lockInputs.forEach((input) => (input.disabled = true));
    page.again(true);
    for (const place of page.shown) page.history(place);
  });
  page.lockInputs = ["from", "to"].map((end, k) => {
    const input = make("input", { type: "number", step: "any", "aria-label": `colours ${end}`, disabled: !state.lock });
    if (state.lock) input.value = state.lock[k];
    input.addEventListener("change", () => {
      const ends = page.lockInputs.map((i) => +i.value);
      if (ends[0] < ends[1]) ((state.lock = ends), page.spread(), page.remember());
    });
    return input;
  });
  page.controls.lock = check("Keep these colour limits", Boolean(state.lock), (on) => {
    state.lock = on ? [...page.look.limits] : null;
    page.lockInputs.forEach((input) => (input.disabled = !on));
    page.spread();
    page.remember();
  });
  page.controls.bands = select("Colours", BANDS, state.bands, (n) => ((state.bands = +n), page.setLook()));
  const row = make("div", { className: "buttons" }, page.lockInputs[0], "to", page.lockInputs[1]);
  const largest = button("Largest value", () => page.largest(), { title: "Put the probe on the largest value shown (m)" });
  return group("Field", page.controls.field, page.controls.lock, row, page.controls.bands, make("div", { className: "buttons" }, largest));
}

export function timeGroup(page) {
  const { state, controls } = page;
  const [low, high] = RANGES.percent;
  const time = { low, high, step: 1, value: state.percent, unit: "%" };
  controls.percent = slider("Time in contact", time, (p) => ((state.percent = p), (state.whole = false), controls.whole.set(false), page.again()), () => page.again());
  controls.play = button("Play", () => page.play());
  controls.whole = check("Largest over the contact", state.whole, (on) => ((state.whole = on), page.again()));
  return group("Time", controls.percent, make("div", { className: "buttons" }, controls.play, controls.whole));
}

// The probe by level and direction, which follow a probe that was set by a click.
export function probeGroup(page) {
  const bone = page.welcome.bones[0];
  const typed = (label, unit, low, high, step) => {
    const input = make("input", { type: "number", min: low, max: high, step, "aria-label": `${label}, ${unit}` });
    input.place = () => (input.value.trim() !== "" && +input.value >= low && +input.value <= high ? +input.value : null);
    input.range = `${label.toLowerCase()}: ${low} to ${high} ${unit}`;
    input.addEventListener("change", () => go());
    return input;
  };
  const said = make("p", { className: "soft", role: "status", hidden: true });
  const say = (words) => ((said.hidden = !words), (said.textContent = words));
  const level = typed("Level of the probe", "% of the length from distal", 0, 100, 0.1);
  const angle = typed("Direction of the probe", "°", -360, 360, 1);
  const sector = select("Sector", [["", "–"], ...sectorsOf(bone)], "", (middle) => middle && ((angle.value = middle), go()));
  function go(asked = false) {
    const missing = [level, angle].find((input) => input.place() === null);
    const typing = !asked && [level, angle].some((input) => input.value.trim() === "");
    if (missing) return say(typing ? "" : `Allowed: ${missing.range}`);
    say(page.probeAt(level.place(), angle.place()) ? "" : "The bone has no outer surface there.");
  }
  // While one types nothing is overwritten.
  const follow = () => {
    const { picture } = page.slots.a;
    if (!picture?.probePlace || [level, angle].includes(document.activeElement)) return;
    const [at, towards] = page.probeStands("a");
    level.value = +at.toFixed(1);
    angle.value = Math.round(towards);
    sector.set(sectorsOf(bone).map(([middle]) => middle).find((middle) => sectorName(bone, +middle) === sectorName(bone, towards)));
  };
  page.controls.place = { follow };
  const rows = [["Level, % of length ", level], ["Direction, ° ", angle]].map(([words, input]) => make("label", { className: "row" }, words, input));
  return group("Probe", rows[0], sector, rows[1], make("div", { className: "buttons" }, button("Put the probe there", () => go(true))), said, make("p", { className: "soft" }, `0° is ${bone.sectors[0]}, 90° ${bone.sectors[2]}. A click on the bone sets the probe too.`));
}

export function besideGroup(page) {
  const { state } = page;
  const beside = check("Second design beside it", state.compare, (on) => page.beside(on));
  page.controls.difference = check("Third picture: B − A", state.difference, (on) => ((state.difference = on), page.arrange(), page.again()));
  page.controls.differenceNote = make("p", { className: "soft", hidden: true });
  return group("Compare", beside, page.controls.difference, page.controls.differenceNote);
}

export function viewGroup(page) {
  const { state } = page;
  const { sides } = page.welcome.bones[0];
  const faces = [...sides, "proximal", "distal"].map((side, k) => button(side, () => page.face(k), { title: `${side} side faces you (${k + 1})` }));
  const fit = button("fit", () => page.fit(), { title: "Show the whole bone (f)" });
  const [least, most] = RANGES.amplitude;
  const amplitude = { low: least, high: most, step: 1, value: state.amplitude, text: (x) => `× ${x}` };
  const deform = slider("Deformation", amplitude, (x) => {
    const first = state.amplitude === 0 && x > 0;
    state.amplitude = x;
    page.setLook();
    if (first) page.again();
  }, () => page.again());
  const cuts = { none: "none", z: `${sides[1]} to ${sides[3]}`, x: `${sides[0]} to ${sides[2]}`, y: "across the shaft" };
  const place = slider("Place of the cut", { low: RANGES.share[0], high: RANGES.share[1], step: 1, value: state.share, unit: "%" }, (s) => ((state.share = s), page.setLook()), () => page.setLook());
  const flip = check("Keep the other side", state.flip, (on) => ((state.flip = on), page.setLook()));
  const cutting = (axis) => ((place.hidden = flip.hidden = axis === "none"), (state.axis = axis));
  const cut = select("Cut", cuts, state.axis, (axis) => (cutting(axis), page.setLook()));
  cutting(state.axis);
  const part = select("Tissue shown", PARTS, state.part, (name) => ((state.part = name), page.setLook()));
  const switches = [["outline", "Outline at rest"], ["forces", "Forces and moments"], ["plates", "Hotspots"]];
  const checks = switches.map(([name, label]) => check(label, state[name], (on) => ((state[name] = on), page.setLook(), page.told())));
  const keys = "Drag turns, wheel or pinch comes nearer, Shift and drag moves. Keys on the picture: arrows, + −, f, 1 to 6, space, comma, period, m, Esc.";
  return group("View", make("div", { className: "buttons", role: "group", "aria-label": "Side that faces you" }, ...faces, fit), deform, cut, place, flip, part, make("div", {}, ...checks), make("p", { className: "soft" }, keys));
}

export function directionsGroup(page) {
  const { state } = page;
  const principal = select("Of", PRINCIPALS, state.principal, (name) => ((state.principal = name), page.setLook()));
  principal.hidden = state.directions === "none";
  const mode = select("Directions", DIRECTIONS, state.directions, (name) => {
    state.directions = name;
    principal.hidden = name === "none";
    page.setLook();
    page.again();
  });
  return group("Principal directions", mode, principal, make("p", { className: "soft" }, "Of stress where the field is one of stress, else of strain."));
}

export function curvesGroup(page) {
  const { state } = page;
  const ways = [["none", "none"], ...sectorsOf(page.welcome.bones[0])];
  const path = select("Curve along the shaft", ways, state.path, (angle) => ((state.path = angle), page.told(), page.remember()));
  const level = slider("Level of the section", { low: RANGES.level[0], high: RANGES.level[1], step: 1, value: state.level, unit: "%" }, (l) => ((state.level = l), page.told()), () => page.remember());
  level.hidden = !state.section;
  const across = check("Section at a level", state.section, (on) => ((state.section = on), (level.hidden = !on), page.told(), page.remember()));
  return group("Curves", path, across, level);
}

export function saveGroup(page) {
  const link = button("Copy link", async () => {
    page.state.pose = page.look.camera.pose;
    history.replaceState(null, "", page.link);
    await navigator.clipboard?.writeText(location.href).catch(() => {});
    link.textContent = "Link copied";
    setTimeout(() => (link.textContent = "Copy link"), 1500);
  });
  const saves = [button("Picture (PNG)", () => savePicture(page)), button("Values (CSV)", () => saveValues(page))];
  return group("Save", make("div", { className: "buttons" }, ...saves, ...(page.welcome.stored ? [] : [link])));
}
