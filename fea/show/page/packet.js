// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Packets: length of the head, the head as JSON, arrays that it lists.

const KINDS = {
  float32: Float32Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint8: Uint8Array,
};
const UNDEFINED = 65535;

export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, [kind, at, count]] of Object.entries(head.arrays))
    arrays[name] = new KINDS[kind](buffer, 4 + length + at, count);
  return { head, arrays };
}

// Values of codes 0 to 65534 between two ends; NaN where a value is not defined.
export function decoded(codes, [low, high]) {
  const step = (high - low) / (UNDEFINED - 1);
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = codes[i] === UNDEFINED ? NaN : low + codes[i] * step;
  return values;
}

// Displacement in mm of whole steps.
export function displacement(steps, step) {
  return Float32Array.from(steps, (s) => s * step);
}
