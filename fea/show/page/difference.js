// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// The third picture: B − A, on the bone of A.

import { carried, eitherExcluded } from "./matches.js";

const DIFFERENCE = { key: "difference", decades: false };

export function differ(page) {
  const { state, slots, controls } = page;
  if (!state.difference || !slots.b.picture?.values || !slots.a.picture?.values) return;
  const [a, b] = [slots.a.picture, slots.b.picture];
  if (a.field.key !== b.field.key) return; // one of them is on its way
  const match = page.matches.between(a, b, () => page.told());
  controls.differenceNote.hidden = Boolean(match && !match.why);
  controls.differenceNote.textContent = match ? `No B − A: ${match.why}` : "finding the places of A on B …";
  page.differencePicture.holder.hidden = !match || Boolean(match.why);
  if (page.differencePicture.holder.hidden) return;
  const theirs = carried(match, b.values);
  const excluded = eitherExcluded(match, a.mesh.excluded, b.mesh.excluded);
  const values = a.values.map((value, i) => theirs[i] - value);
  const sizes = Float32Array.from(values.filter((v, i) => Number.isFinite(v) && !excluded[i]), Math.abs).sort();
  const high = sizes[Math.floor(0.995 * (sizes.length - 1))] || 1;
  const power = 10 ** Math.floor(Math.log10(high));
  const round = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((s) => s * power).find((s) => s >= high);
  const picture = page.differencePicture;
  picture.own = { limits: [-round, round], colours: page.welcome.colours.signed };
  const unit = a.field.decades ? "powers of ten" : a.field.unit;
  picture.title = "B − A";
  picture.subtitle = a.subtitle === b.subtitle ? a.subtitle : `A: ${a.subtitle}; B: ${b.subtitle}`;
  picture.takeValues(a, values, { ...a.field, ...DIFFERENCE, unit, title: `difference of ${a.field.title}` }, excluded);
}
