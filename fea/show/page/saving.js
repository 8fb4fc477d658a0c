// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Pictures and tables to keep.

import { download, make } from "./controls.js";

export async function savePicture(page) {
  const scale = 2;
  const parts = page.pictures.filter((p) => !p.holder.hidden);
  const [width, height] = [parts.reduce((sum, p) => sum + p.canvas.clientWidth, 0), parts[0].canvas.clientHeight];
  const sheet = make("canvas", { width: scale * width, height: scale * height });
  const paper = sheet.getContext("2d");
  let left = 0;
  for (const picture of parts) {
    picture.moving = false;
    picture.draw();
    const wide = picture.canvas.clientWidth;
    paper.drawImage(picture.canvas, scale * left, 0, scale * wide, scale * height);
    paper.drawImage(await overAsImage(picture, wide, height), scale * left, 0, scale * wide, scale * height);
    left += wide;
  }
  const blob = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
  download(blob, "bone.png");
}

async function overAsImage(picture, width, height) {
  const svg = picture.overlay.svg.cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  const style = "text{font:12px sans-serif;paint-order:stroke;stroke:#fff;stroke-width:3px;fill:#1a1a1a}.spot text,.load-number text{stroke:none;fill:#fff}.strong{font-weight:700;font-size:13px}.small{font-size:11px}";
  svg.prepend(Object.assign(document.createElementNS(svg.namespaceURI, "style"), { textContent: style }));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  return image;
}

export function saveValues(page) {
  const field = page.field;
  const names = field.decades ? `log10 ${field.title}` : field.title;
  const lines = [["design", "vertex", "x_mm", "y_mm", "z_mm", "level", "site", `${names}${field.unit && !field.decades ? ` [${field.unit}]` : ""}`]];
  for (const place of page.shown) {
    const { mesh, values, gated } = page.slots[place].picture;
    for (const v of [...new Set(mesh.surfaces[mesh.part])].filter((i) => mesh.keeps(i)).sort((a, b) => a - b)) {
      const at = [0, 1, 2].map((j) => mesh.points[3 * v + j].toFixed(4));
      const value = Number.isNaN(values[v]) || (gated && mesh.excluded[v]) ? "" : values[v].toPrecision(7);
      lines.push([place.toUpperCase(), v, ...at, mesh.level[v].toFixed(5), mesh.sites[mesh.site[v]], value]);
    }
  }
  const cell = (text) => (/[",\n]/.test(text) ? `"${String(text).replaceAll('"', '""')}"` : text);
  download(new Blob([lines.map((line) => line.map((c) => cell(String(c))).join(",")).join("\n") + "\n"], { type: "text/csv" }), "bone.csv");
}
