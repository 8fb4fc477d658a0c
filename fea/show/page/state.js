// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The state of the page: what its controls say, and what a link brings back.

export const PLACES = ["a", "b"];
const MAY_LACK = ["demand", "step_rate_per_min"]; // where an activity has none
export const MOST_VIEWS = 20;
export const LONGEST_NAME = 40;
const DESIGN = ["bone", "activity", "body_mass_kg", "pack_mass_kg", "demand", "step_rate_per_min", "footwear", "carriage", "t_score", "support", "length_percent", "thickness_percent", "modes"];

export function firstState(welcome) {
  const designs = PLACES.map((_, k) => {
    const bone = Math.min(k, welcome.bones.length - 1);
    const own = welcome.bones[bone];
    return { ...Object.fromEntries(DESIGN.map((name) => [name, structuredClone(own[name] ?? null)])), bone };
  });
  return {
    field: "equivalent_strain",
    percent: 40,
    whole: false,
    amplitude: 0,
    outline: true,
    forces: true,
    plates: true,
    directions: "none",
    principal: "both",
    part: "all",
    axis: "none",
    share: 50,
    flip: false,
    bands: 0,
    lock: null,
    compare: welcome.bones.length > 1,
    difference: false,
    risk: true,
    contacts: 2000,
    days: 100,
    path: "none",
    section: false,
    level: 38,
    probe: { a: null, b: null },
    typed: null, // level in percent and direction in degrees of a probe between vertices
    a: designs[0],
    b: designs[1],
    pose: null,
    views: [],
  };
}

// Take over what the link says; whether it says how to look.
export function restored(state, welcome) {
  let given;
  try {
    given = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch {
    return false;
  }
  Object.assign(state, adopted(given, welcome), { views: viewsOf(given?.views) });
  return Boolean(state.pose);
}

// A whole state from what is given, of which only known entries of the kind that they have are taken.
export function adopted(given, welcome) {
  const state = firstState(welcome);
  if (given && typeof given === "object") merge(state, given);
  state.pose = poseOf(state.pose);
  state.typed = typedOf(state.typed);
  if (!welcome.fields.some((field) => field.key === state.field)) state.field = "equivalent_strain";
  for (const place of PLACES) {
    const { bone, activity } = state[place];
    if (!welcome.bones[bone]?.activities[activity] || welcome.stored) state[place] = firstState(welcome)[place];
    withinReach(state[place], welcome.bones[state[place].bone].shape);
  }
  if (welcome.stored) Object.assign(state, { compare: false, difference: false, directions: "none" });
  return state;
}

// Saved views from what is given: names of bounded length with a pose; the rest is left out.
export function viewsOf(given) {
  const named = (view) => typeof view?.name === "string" && view.name.trim() && poseOf(view.pose) && view.state && typeof view.state === "object";
  const views = Array.isArray(given) ? given.filter(named) : [];
  return views.slice(0, MOST_VIEWS).map(({ name, pose, state }) => ({ name: name.trim().slice(0, LONGEST_NAME), pose: poseOf(pose), state }));
}

// Level in percent and direction in degrees, or null if they are none.
export function typedOf(given) {
  if (!Array.isArray(given) || given.length !== 2 || !given.every(Number.isFinite)) return null;
  const [level, angle] = given;
  return level >= 0 && level <= 100 && Math.abs(angle) <= 360 ? [level, angle] : null;
}

// A pose of the camera, or null if it is none.
function poseOf(given) {
  const { turn, tilt, focus, half } = given ?? {};
  const sound = [turn, tilt, half, ...(Array.isArray(focus) ? focus : [])].every(Number.isFinite);
  return sound && Array.isArray(focus) && focus.length === 3 && half > 0 ? { turn, tilt, focus: [...focus], half } : null;
}

// A link cannot ask for shapes that the sliders do not reach.
function withinReach(design, { lengths, thicknesses, modes, deviations }) {
  const within = (value, [low, high], usual) => (Number.isFinite(value) ? Math.max(low, Math.min(high, value)) : usual);
  design.length_percent = within(design.length_percent, lengths, 100);
  design.thickness_percent = within(design.thickness_percent, thicknesses, 100);
  design.modes = modes.map((_, k) => within(design.modes?.[k], deviations, 0));
}

function merge(own, more) {
  for (const [name, value] of Object.entries(more ?? {}))
    if (!Object.hasOwn(own, name) || name === "views") continue;
    else if (value === null) own[name] = MAY_LACK.includes(name) ? null : own[name];
    else if (own[name] !== null && typeof own[name] === "object" && typeof value === "object") merge(own[name], value);
    else if (own[name] === null || typeof own[name] === typeof value) own[name] = value;
}
