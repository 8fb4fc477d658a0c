// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// What lies where over a picture: rows of words, the legend and the axes, the room that they leave to the bone, and free places for plates.

import { rowsOf, textWidth } from "./drawing.js";

export const LINE = 18; // from one row of words to the next
export const KEY_ROW = 17;
const MARGIN = 12;
const WIDE_PX = 640; // narrower pictures have no room for the key of the loads, and the legend stands under the title
const LEFT_PX = 266; // of the title and the key beside the bone
const LEGEND_TITLE_PX = 168; // beside the bone
const AXES = { width: 112, height: 92 };
const SCALE_ROWS_PX = 44; // height of the scale of the loads
const BAR_PX = [80, 360];
const BELOW_BAR_PX = 48; // of the grey square and its words
const TICKS_PX = 36; // at least, of the numbers of a legend
const SEAM_PX = 8; // around the bone
const TAGS_PX = 20; // around it and its arrows, with tags at their ends
const GRID_PX = 4;
const FARTHEST_PX = 160; // that a plate is moved away
const SILHOUETTE_PX = 6;

// Where the words of a picture stand. lines: further words below the title, which a narrow picture leaves out; slim:
// width over height of the bone.
export function layout({ width, height, title, subtitle, lines, signs, legendTitle, ticks, slim, top = 0 }) {
  const wide = width >= WIDE_PX;
  const room = wide ? LEFT_PX - 2 * MARGIN : width - 2 * MARGIN;
  const heading = [
    ...rowsOf(title, room, "strong").map((words) => ({ words, look: "strong" })),
    ...[subtitle, ...(wide ? lines : [])].filter(Boolean).flatMap((line) => rowsOf(line, room).map((words) => ({ words, look: "usual" }))),
  ].map((row, k) => ({ ...row, y: 24 + LINE * k }));
  const signsY = 24 + LINE * heading.length;
  const headed = signsY + LINE * signs - 10; // below the left rows
  const last = signs ? null : heading[heading.length - 1];
  const shares = last && textWidth(last.words, last.look) + textWidth(legendTitle, "strong") + 2 * MARGIN <= room; // a row
  const titled = wide ? 24 : headed + 10 - (shares ? LINE : 0);
  const legendRows = rowsOf(legendTitle, wide ? LEGEND_TITLE_PX : room, "strong").map((words, k) => ({ words, y: titled + LINE * k }));
  const strip = wide ? 0 : Math.max(top, titled + LINE * legendRows.length - 10);
  const bar = wide ? titled + LINE * legendRows.length : strip + 8;
  const right = Math.max(TICKS_PX, ...ticks.map((words) => textWidth(words))) + 46;
  const tall = Math.max(BAR_PX[0], Math.min(BAR_PX[1], height - bar - BELOW_BAR_PX));
  const bone = { top: strip, right: width - right, ...(wide ? { left: LEFT_PX, bottom: height } : besideAxes(width - right, strip, height, slim)) };
  const below = wide ? headed : strip; // where the left column is free
  const axes = height - AXES.height > below ? axesAt(height) : null;
  const scaleY = height - AXES.height - SCALE_ROWS_PX;
  return { width, height, wide, heading, signsY, legend: { rows: legendRows, x: width - right, y: bar, tall }, strip, bone, keyY: headed + 20, axes, scaleY, below };
}

// The room of the bone right of the axes and the scale, or above them where that would be too slim.
function besideAxes(right, top, height, slim) {
  const above = height - AXES.height - SCALE_ROWS_PX;
  if (right - AXES.width >= slim * (height - top) || above < top + AXES.height) return { left: AXES.width, bottom: height };
  return { left: MARGIN, bottom: above };
}

function axesAt(height) {
  return { x: 58, y: height - 42, top: height - AXES.height, right: AXES.width };
}

// Middle of the room of the bone in px, and the shares of the picture that it may fill; tags: whether some stand beyond it.
export function boneRoom({ bone, width, height }, tags = false) {
  const { left, right, top, bottom } = bone;
  const seam = tags ? TAGS_PX : SEAM_PX;
  return {
    centre: [(left + right) / 2, (top + bottom) / 2],
    share: [Math.max(0.1, (right - left - 2 * seam) / width), Math.max(0.1, (bottom - top - 2 * seam) / height)],
  };
}

const OFFSETS = offsets();

// Steps to all places of a grid around one, the nearest first.
function offsets() {
  const most = FARTHEST_PX / GRID_PX;
  const steps = Array.from({ length: 2 * most + 1 }, (_, k) => GRID_PX * (k - most));
  return steps.flatMap((dx) => steps.map((dy) => [dx, dy])).filter(([dx, dy]) => Math.hypot(dx, dy) <= FARTHEST_PX).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
}

// What of a picture is taken.
export class Room {
  constructor(width, height) {
    Object.assign(this, { width, height });
    this.boxes = []; // left, top, right, bottom
  }

  take(left, top, right, bottom) {
    this.boxes.push([left, top, right, bottom]);
  }

  free([left, top, right, bottom]) {
    for (const box of this.boxes) if (right > box[0] && left < box[2] && bottom > box[1] && top < box[3]) return false;
    return true;
  }

  // Middle of a free box of a size, the nearest one to a place, which is taken from then on; where: what else must hold of the box.
  place(x, y, wide, tall, where = null) {
    const [w, h] = [wide / 2, tall / 2];
    const [mostX, mostY] = [this.width - w - 1, this.height - h - 1];
    const insideX = (at) => Math.max(w + 1, Math.min(mostX, at));
    const insideY = (at) => Math.max(h + 1, Math.min(mostY, at));
    const [fromX, fromY] = [insideX(x), insideY(y)];
    const boxAt = (dx, dy) => {
      const [cx, cy] = [insideX(fromX + dx), insideY(fromY + dy)];
      return [cx - w, cy - h, cx + w, cy + h];
    };
    const first = (holds) => {
      for (const [dx, dy] of OFFSETS) {
        const box = boxAt(dx, dy);
        if (this.free(box) && holds(box)) return box;
      }
      return null;
    };
    const found = (where && first(where)) ?? first(() => true) ?? boxAt(0, 0);
    this.take(...found);
    return [found[0] + w, found[1] + h];
  }
}

// Ends of the bone in the picture by height: what tells whether a box is beside it.
export class Silhouette {
  constructor(vertices, { x, y }, height) {
    const count = Math.max(1, Math.ceil(height / SILHOUETTE_PX));
    this.ends = Array.from({ length: count }, () => [Infinity, -Infinity]);
    for (const v of vertices) {
      const row = this.ends[Math.floor(y[v] / SILHOUETTE_PX)];
      if (!row) continue;
      row[0] = Math.min(row[0], x[v]);
      row[1] = Math.max(row[1], x[v]);
    }
  }

  // Left and right end between two heights.
  between(top, bottom) {
    const rows = this.ends.slice(Math.max(0, Math.floor(top / SILHOUETTE_PX) - 1), Math.floor(bottom / SILHOUETTE_PX) + 2);
    return [Math.min(...rows.map(([left]) => left)), Math.max(...rows.map(([, right]) => right))];
  }

  beside([left, top, right, bottom]) {
    const [from, to] = this.between(top, bottom);
    return right < from || left > to;
  }
}
