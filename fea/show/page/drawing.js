// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Shapes and words in SVG. All looks are attributes, so that a saved picture has them too.

const SVG = "http://www.w3.org/2000/svg";
const EDGE = { "paint-order": "stroke", stroke: "#fff", "stroke-width": 3, "stroke-linejoin": "round" };
const LOOKS = {
  usual: { "font-size": 12, fill: "#1a1a1a", ...EDGE },
  strong: { "font-size": 13, "font-weight": 700, fill: "#1a1a1a", ...EDGE },
  small: { "font-size": 11, fill: "#1a1a1a", ...EDGE },
  plate: { "font-size": 13, "font-weight": 700, fill: "#fff", "text-anchor": "middle" },
  tag: { "font-size": 11, "font-weight": 700, fill: "#fff", "text-anchor": "middle" },
};
const widths = new Map();
let ruler = null;

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Words that begin, end or are centred at a place of their base line.
export function text(x, y, words, look = "usual", more = {}) {
  return element("text", { x, y, ...LOOKS[look], ...more }, words);
}

// Width of words in px.
export function textWidth(words, look = "usual") {
  const { "font-size": size, "font-weight": weight = 400 } = LOOKS[look];
  const known = `${weight} ${size} ${words}`;
  if (!widths.has(known)) {
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    if (widths.size > 5000) widths.clear();
    widths.set(known, ruler.measureText(words).width);
  }
  return widths.get(known);
}

// Words broken at their spaces into lines of at most a width in px.
export function rowsOf(words, wide, look = "usual") {
  const lines = [];
  for (const word of words.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && textWidth(longer, look) <= wide) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
