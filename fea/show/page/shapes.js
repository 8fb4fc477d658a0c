// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Controls of the shape of a bone, folded away while it is as opened.

import { button, group, make, slider } from "./controls.js";
import { number } from "./ticks.js";

export function shapeGroup(panel) {
  const { bone, design } = panel;
  const { lengths, thicknesses, modes, deviations } = bone.shape;
  const percent = (name, label, [low, high]) => panel.slide(name, label, { low, high, step: 1, unit: "%" });
  const rows = [percent("length_percent", "Bone length", lengths), percent("thickness_percent", "Cortical thickness", thicknesses)];
  modes.forEach((title, k) => {
    const ends = { low: deviations[0], high: deviations[1], step: 0.1, value: design.modes[k], unit: "SD", text: (x) => number(x, 2) };
    const set = (x, rests) => ((design.modes[k] = x), panel.page.designMoved(panel.place, rests));
    rows.push(slider(`Mode ${k + 1}, ${title}`, ends, (x) => set(x, false), (x) => set(x, true)));
  });
  const usual = [bone.length_percent, bone.thickness_percent, ...bone.modes];
  const back = button("As opened", () => {
    [design.length_percent, design.thickness_percent, ...design.modes] = usual;
    rows.forEach((row, k) => row.set(usual[k]));
    panel.page.designMoved(panel.place, true);
  });
  const words = "Another shape is meshed and solved when the control rests. Length leaves the sections as they are; thickness changes the wall from the inside.";
  const made = group("Shape", ...rows, make("div", { className: "buttons" }, back), make("p", { className: "soft" }, words));
  made.open = [design.length_percent, design.thickness_percent, ...design.modes].some((value, k) => value !== usual[k]);
  return made;
}
