// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// One camera for all pictures: parallel projection, directions of the bone that point right, up and to the viewer.

export const HALVES = [1, 5000]; // mm
const STEEPEST = Math.PI / 2;

export class Camera {
  constructor() {
    this.turn = 0;
    this.tilt = 0;
    this.focus = [0, 0, 0];
    this.half = 100; // mm from the middle of the picture to its upper edge
  }

  get rows() {
    const [ca, sa, ce, se] = [Math.cos(this.turn), Math.sin(this.turn), Math.cos(this.tilt), Math.sin(this.tilt)];
    return [
      [ca, 0, -sa],
      [-se * sa, ce, -se * ca],
      [ce * sa, se, ce * ca],
    ];
  }

  get pose() {
    return { turn: this.turn, tilt: this.tilt, focus: [...this.focus], half: this.half };
  }

  set pose({ turn, tilt, focus, half }) {
    Object.assign(this, { turn, tilt, focus: [...focus], half });
  }

  turnBy(right, down) {
    this.turn -= right;
    this.tilt = Math.max(-STEEPEST, Math.min(STEEPEST, this.tilt + down));
  }

  // Move what is seen by shares of half the height of the picture.
  moveBy(right, up) {
    const [x, y] = this.rows;
    this.focus = this.focus.map((f, j) => f - this.half * (right * x[j] + up * y[j]));
  }

  // Come nearer about a place, given in halves of the height from the middle.
  zoomBy(factor, right = 0, up = 0) {
    const half = Math.min(HALVES[1], Math.max(HALVES[0], this.half / factor));
    const share = 1 - half / this.half;
    this.moveBy(-right * share, -up * share);
    this.half = half;
  }

  // Look along a direction of the bone, (3,), that then points to the viewer.
  faceTo([x, y, z]) {
    this.tilt = Math.asin(Math.max(-1, Math.min(1, y / Math.hypot(x, y, z))));
    if (Math.hypot(x, z) > 1e-6) this.turn = Math.atan2(x, z);
  }

  // Show a box, of corners low and high, whole in shares of the width and height of a picture of so many times its height.
  fit({ low, high }, aspect, [across, upwards] = [1, 1]) {
    const rows = this.rows;
    const middle = low.map((l, j) => (l + high[j]) / 2);
    const extent = rows.map((row) => row.reduce((sum, r, j) => sum + (Math.abs(r) * (high[j] - low[j])) / 2, 0));
    this.focus = middle;
    this.half = Math.max(extent[1] / upwards, extent[0] / aspect / across);
  }

  // Column-major matrix to clip space; depth reaches over the box, the focus stands at a place of the picture, −1 to 1.
  matrix(aspect, { low, high }, [right, up] = [0, 0]) {
    const rows = this.rows;
    const f = this.focus;
    const middle = low.map((l, j) => (l + high[j]) / 2 - f[j]);
    const at = rows[2].reduce((sum, r, j) => sum + r * middle[j], 0);
    const reach = 1.01 * rows[2].reduce((sum, r, j) => sum + (Math.abs(r) * (high[j] - low[j])) / 2, 1e-3);
    const scale = [1 / (this.half * aspect), 1 / this.half, -1 / reach];
    const m = new Float32Array(16);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) m[4 * j + i] = rows[i][j] * scale[i];
      m[12 + i] = -rows[i].reduce((sum, r, j) => sum + r * f[j], 0) * scale[i];
    }
    m[12] += right;
    m[13] += up;
    m[14] += at / reach;
    m[15] = 1;
    return m;
  }
}
