// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Numbers as people read them, and round numbers on an axis.

const MINUS = "\u2212";

export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "not evaluated";
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    return `${mantissa} · 10${superscript(+power)}`.replace("-", MINUS);
  }
  const after = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return Number(value.toFixed(after)).toString().replace("-", MINUS);
}

export function superscript(power) {
  const raised = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  return [...String(power)].map((c) => raised[c]).join("");
}

// A value of a field with its unit; fields of decades hold powers of ten.
export function reading(value, field, digits = 4) {
  const size = field.decades ? 10 ** value : value;
  return Number.isFinite(value) ? `${number(size, digits)} ${field.unit}`.trim() : "not evaluated";
}

export function roundTicks(low, high, about = 5) {
  if (!(high > low)) return [low];
  const least = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= least * (1 - 1e-9));
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step);
  return ticks;
}

export function tickText(value, field) {
  return field.decades ? `10${superscript(Math.round(value))}` : number(Number(value.toPrecision(10)), 4);
}
