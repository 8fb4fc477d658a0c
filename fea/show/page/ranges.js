// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// What the controls of the page reach and offer, and what of a link or a file they can take.

export const RANGES = {
  body_mass_kg: [40, 120],
  pack_mass_kg: [0, 40],
  t_score: [-4, 0],
  step_rate_percent: [75, 125], // of the usual one
  percent: [0, 100],
  amplitude: [0, 50],
  share: [0, 100],
  level: [2, 98],
  contacts: [100, 20000],
};

export const SUPPORTS = { fixed: "fixed", foundation: "elastic foundation", free: "free (inertia relief)" };
export const PARTS = { all: "cortical and cancellous", cortical: "cortical alone", cancellous: "cancellous alone" };
export const BANDS = { 0: "continuous", 6: "6 bands", 10: "10 bands", 16: "16 bands" };
export const DIRECTIONS = { none: "none", glyphs: "short lines", trajectories: "trajectories" };
export const PRINCIPALS = { both: "largest and smallest", first: "largest (1)", third: "smallest (3)" };
export const CUTS = ["none", "z", "x", "y"];

// Ends of a slider, which reaches the bone as it was opened too.
export function reaching(name, opened) {
  const [low, high] = RANGES[name];
  return Number.isFinite(opened) ? [Math.min(low, opened), Math.max(high, opened)] : [low, high];
}

// ---------------------------------------------------------------- what a value may be

export function between(low, high, whole = false) {
  const takes = (value) => (whole ? Number.isInteger(value) : Number.isFinite(value)) && value >= low && value <= high;
  return { takes, allowed: `${low} to ${high}`.replaceAll("-", "−") };
}

export function oneOf(names) {
  const known = [...names];
  return { takes: (value) => known.includes(value), allowed: known.join(", ") };
}

export const FLAG = { takes: (value) => typeof value === "boolean", allowed: "true, false" };

export function none(or) {
  return { takes: (value) => value === null || or.takes(value), allowed: `none, ${or.allowed}` };
}

export function each(rules) {
  const takes = (value) => Array.isArray(value) && value.length === rules.length && rules.every((rule, k) => rule.takes(value[k]));
  return { takes, allowed: rules.map((rule) => rule.allowed).join("; ") };
}

export const RISING = {
  takes: (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1],
  allowed: "two numbers, the smaller first",
};

// Take over what is given and allowed; in words, what is not. Names that have no rule are left out.
export function takeOver(own, given, rules) {
  const refused = [];
  for (const [name, rule] of Object.entries(rules)) {
    if (!Object.hasOwn(given ?? {}, name)) continue;
    if (rule.takes(given[name])) own[name] = structuredClone(given[name]);
    else refused.push(`${spoken(name)} ${shortened(given[name])} (allowed: ${rule.allowed})`);
  }
  return refused;
}

const SPOKEN = { t_score: "T-score", axis: "cut", share: "place of the cut", percent: "time in contact", lock: "colour limits", typed: "place of the probe", a: "probe of A", b: "probe of B" };

function spoken(name) {
  return SPOKEN[name] ?? name.replace(/_(kg|per_min|percent)$/, "").replaceAll("_", " ");
}

function shortened(value) {
  const text = JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 24)} …` : text;
}
