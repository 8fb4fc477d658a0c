// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The state of the page: what its controls say, and what a link brings back.

import { HALVES } from "./camera.js";
import { BANDS, CUTS, DIRECTIONS, FLAG, PARTS, PRINCIPALS, RANGES, RISING, SUPPORTS, between, each, none, oneOf, reaching, takeOver } from "./ranges.js";
import { sectorsOf } from "./sections.js";

export const PLACES = ["a", "b"];
export const MOST_VIEWS = 20;
export const LONGEST_NAME = 40;
const DESIGN = ["bone", "activity", "body_mass_kg", "pack_mass_kg", "demand", "step_rate_per_min", "footwear", "carriage", "t_score", "support", "length_percent", "thickness_percent", "modes"];
const MOST_VERTICES = 2 ** 31 - 1;
const FARTHEST = 1e5; // mm, of a camera
const TYPED = each([between(0, 100), between(-360, 360)]);
const POSE = { turn: between(-1e4, 1e4), tilt: between(-1e4, 1e4), focus: each(Array(3).fill(between(-FARTHEST, FARTHEST))), half: between(...HALVES) };

export function firstState(welcome) {
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
    a: openedDesign(welcome, 0),
    b: openedDesign(welcome, Math.min(1, welcome.bones.length - 1)),
    pose: null,
    views: [],
  };
}

function openedDesign(welcome, bone) {
  const own = welcome.bones[bone];
  return { ...Object.fromEntries(DESIGN.map((name) => [name, structuredClone(own[name] ?? null)])), bone };
}

// The state that a link asks for, or the first one; in words, what of the link could not be taken.
export function restored(welcome) {
  let given;
  try {
    given = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch {
    return { state: firstState(welcome), refused: [] };
  }
  const { state, refused } = adopted(given, welcome);
  return { state: { ...state, views: viewsOf(given?.views) }, refused };
}

// A whole state from what is given, of which known entries in their range are taken; in words, what was not.
export function adopted(given, welcome) {
  const state = firstState(welcome);
  const refused = takeOver(state, given, pageRules(welcome));
  refused.push(...takeOver(state.probe, given?.probe, Object.fromEntries(PLACES.map((place) => [place, none(between(0, MOST_VERTICES, true))]))));
  state.pose = poseOf(given?.pose);
  if (welcome.stored) Object.assign(state, { compare: false, difference: false, directions: "none" });
  else for (const place of PLACES) refused.push(...takeDesign(state, place, given?.[place], welcome));
  if (!state.compare) state.difference = false;
  return { state, refused };
}

function pageRules(welcome) {
  const switches = ["whole", "outline", "forces", "plates", "flip", "compare", "difference", "risk", "section"];
  return {
    ...Object.fromEntries(switches.map((name) => [name, FLAG])),
    ...Object.fromEntries(["percent", "amplitude", "share", "level", "contacts"].map((name) => [name, between(...RANGES[name])])),
    days: between(1, welcome.most_days, true),
    field: oneOf(welcome.fields.map(({ key }) => key)),
    directions: oneOf(Object.keys(DIRECTIONS)),
    principal: oneOf(Object.keys(PRINCIPALS)),
    part: oneOf(Object.keys(PARTS)),
    axis: oneOf(CUTS),
    bands: oneOf(Object.keys(BANDS).map(Number)),
    path: oneOf(["none", ...sectorsOf(welcome.bones[0]).map(([angle]) => angle)]),
    lock: none(RISING),
    typed: none(TYPED),
  };
}

// A design begins with the bone and the activity that are asked for: what else it may be depends on them.
function takeDesign(state, place, given, welcome) {
  const first = { bone: between(0, welcome.bones.length - 1, true) };
  const refused = takeOver(state[place], given, first);
  const design = (state[place] = openedDesign(welcome, state[place].bone));
  const opened = welcome.bones[design.bone];
  refused.push(...takeOver(design, given, { activity: oneOf(Object.keys(opened.activities)) }));
  const activity = opened.activities[design.activity];
  if (design.activity !== opened.activity) Object.assign(design, { demand: activity.demand?.value ?? null, step_rate_per_min: null });
  return [...refused, ...takeOver(design, given, designRules(opened, activity))];
}

function designRules(opened, { demand, step_rate: rate }) {
  const { lengths, thicknesses, modes, deviations } = opened.shape;
  const reached = (name) => between(...reaching(name, opened[name]));
  const [slow, fast] = RANGES.step_rate_percent.map((percent) => percent / 100);
  const rates = rate && [Math.floor(slow * Math.min(...rate.usual, rate.value)), Math.ceil(fast * Math.max(...rate.usual, rate.value))];
  return {
    body_mass_kg: reached("body_mass_kg"),
    pack_mass_kg: reached("pack_mass_kg"),
    t_score: reached("t_score"),
    demand: demand ? none(between(demand.low, demand.high)) : oneOf([null]),
    step_rate_per_min: rates ? none(between(...rates)) : oneOf([null]),
    footwear: oneOf(Object.keys(opened.shoes)),
    carriage: oneOf(Object.keys(opened.carriages)),
    support: oneOf(Object.keys(SUPPORTS)),
    length_percent: between(...lengths),
    thickness_percent: between(...thicknesses),
    modes: each(modes.map(() => between(...deviations))),
  };
}

// What a link or a view has to say: entries of the page that are as at first say themselves.
export function brief(state, welcome) {
  const first = firstState(welcome);
  const always = ["a", "compare", "pose", "views"];
  const said = ([name, value]) => always.includes(name) || (name === "b" ? state.compare : JSON.stringify(value) !== JSON.stringify(first[name]));
  return structuredClone(Object.fromEntries(Object.entries(state).filter(said)));
}

// Saved views from what is given: names of bounded length with a pose; the rest is left out.
export function viewsOf(given) {
  const named = (view) => typeof view?.name === "string" && view.name.trim() && poseOf(view.pose) && view.state && typeof view.state === "object";
  const views = Array.isArray(given) ? given.filter(named) : [];
  return views.slice(0, MOST_VIEWS).map(({ name, pose, state }) => ({ name: name.trim().slice(0, LONGEST_NAME), pose: poseOf(pose), state }));
}

// A pose of the camera, or null if it is none.
function poseOf(given) {
  const pose = {};
  takeOver(pose, given, POSE);
  return Object.keys(POSE).every((name) => name in pose) ? pose : null;
}
