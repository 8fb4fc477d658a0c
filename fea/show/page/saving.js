// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Pictures and tables to keep.

import { download, make } from "./controls.js";
import { element } from "./drawing.js";
import { KEY_ROW } from "./layout.js";
import { keyRows, numbered } from "./loads.js";

const FINER_PNG = 2; // than the screen
const FORMULA = /^[=+\-@\t\r]/; // with this a cell begins that a spreadsheet would execute

export async function savePicture(page) {
  const parts = arranged(page.pictures.filter((p) => !p.holder.hidden && p.mesh));
  const [width, height] = [Math.max(...parts.map((p) => p.left + p.wide)), Math.max(...parts.map((p) => p.top + p.tall + p.keyTall))];
  const sheet = make("canvas", { width: FINER_PNG * width, height: FINER_PNG * height });
  const paper = sheet.getContext("2d");
  paper.scale(FINER_PNG, FINER_PNG);
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, width, height);
  for (const { picture, left, top, wide, tall, keyTall } of parts) {
    picture.moving = false;
    picture.draw();
    paper.drawImage(picture.canvas, left, top, wide, tall);
    paper.drawImage(await asImage(picture.overlay.svg.cloneNode(true), wide, tall), left, top, wide, tall);
    if (keyTall) paper.drawImage(await asImage(keyOf(picture), wide, keyTall), left, top + tall, wide, keyTall);
  }
  const blob = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
  download(blob, "bone.png");
}

// Pictures as they stand on the screen, with room below those whose key has none in them.
function arranged(pictures) {
  const edges = pictures.map(({ canvas }) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { left: Math.round(left), top: Math.round(top), wide: canvas.clientWidth, tall: canvas.clientHeight }; // whole pixels stay sharp
  });
  let [row, top, added] = [edges[0].top, 0, 0];
  return pictures.map((picture, k) => {
    const { left, top: at, wide, tall } = edges[k];
    if (at > row) [row, top, added] = [at, top + added + at - row, 0];
    const keyTall = picture.keyBelow ? KEY_ROW * numbered(picture.loads, picture.head).length + 14 : 0;
    added = Math.max(added, keyTall);
    return { picture, left: left - edges[0].left, top, wide, tall, keyTall };
  });
}

function keyOf(picture) {
  return element("svg", {}, ...keyRows(picture.loads, picture.head, KEY_ROW));
}

async function asImage(svg, width, height) {
  const { fontFamily } = getComputedStyle(document.body);
  const attributes = { xmlns: svg.namespaceURI, viewBox: `0 0 ${width} ${height}`, width: FINER_PNG * width, height: FINER_PNG * height, "font-family": fontFamily };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  return image;
}

// What is shown as a table: a row for each vertex of each design, with all that its value belongs to.
export function saveValues(page) {
  const places = page.shown.filter((place) => page.slots[place].picture?.values);
  const designs = places.map((place) => ({ name: place.toUpperCase(), picture: page.slots[place].picture, belongs: belongsTo(page, place) }));
  const { differencePicture: difference, state } = page;
  if (state.difference && designs.length > 1 && difference?.values && !difference.holder.hidden)
    designs.push({ name: "B-A", picture: difference, belongs: common(...designs.map((d) => d.belongs)) });
  const conditions = [...new Set(designs.flatMap(({ belongs }) => Object.keys(belongs)))];
  const field = designs[0].picture.field;
  const value = field.decades ? `log10 ${field.title}` : `${field.title}${field.unit && ` [${field.unit}]`}`;
  const lines = [["design", "vertex", "x_mm", "y_mm", "z_mm", "level", "site", value, ...conditions]];
  for (const { name, picture, belongs } of designs) {
    const own = conditions.map((condition) => belongs[condition] ?? "");
    for (const row of rowsOfValues(picture)) lines.push([name, ...row, ...own]);
  }
  download(new Blob([lines.map((line) => line.map(cell).join(",")).join("\n") + "\n"], { type: "text/csv" }), "bone.csv");
}

function rowsOfValues({ mesh, values, gated, excluded }) {
  const vertices = [...new Set(mesh.surfaces[mesh.part])].filter((v) => mesh.keeps(v)).sort((a, b) => a - b);
  return vertices.map((v) => {
    const at = [0, 1, 2].map((j) => mesh.points[3 * v + j].toFixed(4));
    const value = Number.isNaN(values[v]) || (gated && excluded[v]) ? "" : values[v].toPrecision(7);
    return [v, ...at, mesh.level[v].toFixed(5), mesh.sites[mesh.site[v]], value];
  });
}

// Bone, load and time of the values of a picture, as they were asked for.
function belongsTo(page, place) {
  const { frame, drawn, picture } = page.slots[place];
  const bone = page.welcome.bones[drawn.bone];
  const activity = bone.activities[drawn.activity];
  const over = page.risk.subtitle(picture.field) ?? (frame.percent === null ? "largest over the contact" : "one instant");
  const load = { body_mass_kg: drawn.body_mass_kg };
  if (activity?.demand) load[activity.demand.name === "speed" ? "speed_m_per_s" : "drop_height_m"] = drawn.demand ?? activity.demand.value;
  if (activity?.step_rate) load.step_rate_per_min = drawn.step_rate_per_min ?? page.panels[place].usualRate();
  if (activity?.stance) Object.assign(load, { pack_mass_kg: drawn.pack_mass_kg, carriage: drawn.carriage, footwear: drawn.footwear });
  const { t_score, support, length_percent, thickness_percent } = drawn;
  const modes = Object.fromEntries((drawn.modes ?? []).map((deviation, k) => [`mode_${k + 1}_sd`, deviation]));
  const instant = picture.field.source === "risk" ? {} : { stance_percent: frame.percent, time_s: frame.percent === null ? null : frame.time_s };
  return { shown: over, ...instant, bone: bone.title, activity: drawn.activity, ...load, t_score, support, length_percent, thickness_percent, ...modes };
}

// What two designs have in common.
function common(one, other) {
  return Object.fromEntries(Object.entries(one).filter(([name, value]) => other[name] === value));
}

function cell(given) {
  const text = String(given);
  const safe = FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
