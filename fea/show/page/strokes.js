// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Short straight lines in the scene, of a width in pixels, each with a white edge; what lies before them hides them.

import { compiled } from "./paint.js";

const ENDS = `#version 300 es
precision highp float;
uniform mat4 matrix;
uniform vec2 size;
uniform float wide, nearer;
layout(location = 0) in vec3 start;
layout(location = 1) in vec3 end;
layout(location = 2) in float sign;
flat out float positive;
void main() {
  vec4 a = matrix * vec4(start, 1.0);
  vec4 b = matrix * vec4(end, 1.0);
  vec2 along = (b.xy - a.xy) * size;
  float far = length(along);
  along = far > 1e-4 ? along / far : vec2(1.0, 0.0);
  bool last = (gl_VertexID & 1) == 1;
  float side = (gl_VertexID & 2) == 2 ? 1.0 : -1.0;
  vec2 out_by = side * vec2(-along.y, along.x) + (last ? along : -along);
  gl_Position = last ? b : a;
  gl_Position.xy += 2.0 * out_by * wide / size;
  gl_Position.z -= nearer;
  positive = sign;
}`;
const STROKE = `#version 300 es
precision highp float;
uniform vec3 tension, compression;
uniform float edge;
flat in float positive;
out vec4 colour;
void main() {
  colour = vec4(edge > 0.5 ? vec3(1.0) : positive > 0.0 ? tension : compression, 1.0);
}`;
const NUMBERS = 7; // of a line: two ends and the sign

export class Strokes {
  constructor(gl) {
    this.gl = gl;
    this.program = compiled(gl, ENDS, STROKE);
    const names = ["matrix", "size", "wide", "nearer", "tension", "compression", "edge"];
    this.at = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(this.program, name)]));
    this.array = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    this.count = 0;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [location, numbers, from] of [[0, 3, 0], [1, 3, 12], [2, 1, 24]]) {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, numbers, gl.FLOAT, false, 4 * NUMBERS, from);
      gl.vertexAttribDivisor(location, 1);
    }
  }

  // segments: x, y, z of both ends and the sign, one after the other.
  set(segments) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, segments, gl.DYNAMIC_DRAW);
    this.count = segments.length / NUMBERS;
  }

  // wide: half the width in pixels of the canvas; nearer: how far before the surface, in depth.
  draw({ matrix, wide, nearer, colours }) {
    if (!this.count) return;
    const { gl, at } = this;
    const size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    gl.useProgram(this.program);
    gl.uniformMatrix4fv(at.matrix, false, matrix);
    gl.uniform2fv(at.size, size);
    gl.uniform3fv(at.tension, colours[0]);
    gl.uniform3fv(at.compression, colours[1]);
    gl.bindVertexArray(this.array);
    // All edges first, so that none covers the colour of a neighbour.
    for (const edge of [1, 0]) {
      gl.uniform1f(at.edge, edge);
      gl.uniform1f(at.wide, edge ? 1.9 * wide : wide);
      gl.uniform1f(at.nearer, edge ? nearer : 2.0 * nearer);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    }
  }
}
