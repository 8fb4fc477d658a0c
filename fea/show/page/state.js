// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The state of the page: what its controls say, and what a link brings back.

export const PLACES = ["a", "b"];
const DESIGN = ["bone", "activity", "body_mass_kg", "pack_mass_kg", "demand", "step_rate_per_min", "footwear", "carriage", "t_score", "support"];

export function firstState(welcome) {
  const designs = PLACES.map((_, k) => {
    const bone = Math.min(k, welcome.bones.length - 1);
    const own = welcome.bones[bone];
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
    a: designs[0],
    b: designs[1],
    pose: null,
  };
}

// Take over what the link says, only entries that are known, of the kind that they have; whether it says how to look.
export function restored(state, welcome) {
  let given;
  try {
    given = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch {
    return false;
  }
  if (given && typeof given === "object") merge(state, given);
  if (!welcome.fields.some((field) => field.key === state.field)) state.field = "equivalent_strain";
  for (const place of PLACES) {
    const { bone, activity } = state[place];
    if (!welcome.bones[bone]?.activities[activity]) state[place] = firstState(welcome)[place];
  }
  return Boolean(state.pose);
}

function merge(own, more) {
  for (const [name, value] of Object.entries(more ?? {}))
    if (name in own && own[name] !== null && typeof own[name] === "object" && typeof value === "object") merge(own[name], value);
    else if (name in own && (own[name] === null || value === null || typeof own[name] === typeof value)) own[name] = value;
}
