// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The third picture: B − A.

const DIFFERENCE = { key: "difference", decades: false };

// B − A, where both have the same cells and the field has a difference.
export function differ(page) {
  const { state, slots, controls } = page;
  if (!state.difference || !slots.b.picture?.values || !slots.a.picture?.values) return;
  const [a, b] = [slots.a.picture, slots.b.picture];
  const same = a.head.cells === b.head.cells && a.field.key === b.field.key;
  controls.differenceNote.hidden = same;
  controls.differenceNote.textContent = "B − A needs the same bone with elements of one size.";
  page.differencePicture.holder.hidden = !same;
  if (!same) return;
  const values = b.values.map((value, i) => value - a.values[i]);
  const sizes = Float32Array.from(values.filter((v, i) => Number.isFinite(v) && !a.mesh.excluded[i]), Math.abs).sort();
  const high = sizes[Math.floor(0.995 * (sizes.length - 1))] || 1;
  const power = 10 ** Math.floor(Math.log10(high));
  const round = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((s) => s * power).find((s) => s >= high);
  const picture = page.differencePicture;
  picture.own = { limits: [-round, round], colours: page.welcome.colours.signed };
  const unit = a.field.decades ? "powers of ten" : a.field.unit;
  picture.title = "B − A";
  picture.subtitle = a.subtitle;
  picture.takeValues(a, values, { ...a.field, ...DIFFERENCE, unit, title: `difference of ${a.field.title}` });
}
