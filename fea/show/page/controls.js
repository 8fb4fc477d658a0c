// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Controls of the panel: each knows its label and tells when it moves and when it rests.

let sliders = 0;

export function make(name, properties = {}, ...children) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(properties))
    if (key in one) one[key] = value;
    else one.setAttribute(key, value);
  one.append(...children);
  return one;
}

// onMove hears each step of a drag, onRest the end of it.
export function slider(label, { low, high, step, value, unit = "", text = String }, onMove, onRest) {
  const output = make("output", {}, "");
  const input = make("input", { type: "range", min: low, max: high, step, id: `slider-${++sliders}` });
  const name = make("span", {}, `${label}: `);
  const row = make("label", { className: "row", htmlFor: input.id }, name, output, input); // not the output's label
  const tell = () => (output.textContent = `${text(+input.value)} ${unit}`.trim());
  row.set = (to) => {
    input.value = to;
    tell();
  };
  row.range = (ends) => Object.assign(input, { min: ends.low, max: ends.high, step: ends.step });
  row.named = (words, newUnit) => {
    name.textContent = `${words}: `;
    unit = newUnit;
  };
  input.addEventListener("input", () => (tell(), onMove(+input.value)));
  input.addEventListener("change", () => onRest(+input.value));
  row.set(value);
  return row;
}

// options: { value: title }, or pairs of these where their order counts.
export function select(label, options, value, onChange) {
  const input = make("select", {});
  const row = make("label", { className: "row" }, label, input);
  row.offer = (given) => input.replaceChildren(...(Array.isArray(given) ? given : Object.entries(given)).map(([key, title]) => make("option", { value: key }, title)));
  row.set = (to) => (input.value = to);
  row.offer(options);
  row.set(value);
  input.addEventListener("change", () => onChange(input.value));
  return row;
}

export function check(label, value, onChange) {
  const input = make("input", { type: "checkbox", checked: value });
  const row = make("label", { className: "check" }, input, label);
  row.set = (to) => (input.checked = to);
  input.addEventListener("change", () => onChange(input.checked));
  return row;
}

export function button(label, onClick, properties = {}) {
  const one = make("button", { type: "button", ...properties }, label);
  one.addEventListener("click", onClick);
  return one;
}

// Controls that are folded away by a click on their title.
export function group(title, ...children) {
  return make("details", { open: true }, make("summary", {}, title), ...children);
}

export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
