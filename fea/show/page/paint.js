// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Drawing with WebGL2: rest places, displacement and values lie in textures; surface and cut face fetch them by vertex.

const WIDE = 1024;
const POINTS = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D rests, moves, values;
uniform float amplitude;
uniform mat4 matrix;
uniform mat3 turned;
layout(location = 0) in uint a;
layout(location = 1) in uint b;
layout(location = 2) in float share;
layout(location = 3) in vec4 normal;
out vec3 value;
out vec3 facing;
vec4 at(sampler2D map, uint i) { return texelFetch(map, ivec2(int(i) & 1023, int(i) >> 10), 0); }
void main() {
  vec3 rest = mix(at(rests, a).xyz, at(rests, b).xyz, share);
  vec3 moved = mix(at(moves, a).xyz, at(moves, b).xyz, share);
  value = mix(at(values, a).xyz, at(values, b).xyz, share);
  facing = turned * normal.xyz;
  gl_Position = matrix * vec4(rest + amplitude * moved, 1.0);
}`;
// A colour that faces the viewer is that of the bar; towards the silhouette it darkens, as on the map of a run.
const COLOURS = `#version 300 es
precision highp float;
uniform sampler2D colours;
uniform vec2 limits;
uniform vec3 grey;
uniform float bands, flatness;
in vec3 value;
in vec3 facing;
out vec4 colour;
void main() {
  float at = clamp((value.x - limits.x) / (limits.y - limits.x), 0.0, 1.0);
  if (bands > 0.0) at = (min(floor(at * bands), bands - 1.0) + 0.5) / bands;
  bool known = value.y < 0.5 && value.z < 0.001;
  vec3 own = known ? texture(colours, vec2((at * 255.0 + 0.5) / 256.0, 0.5)).rgb : grey;
  vec3 n = normalize(facing);
  float light = mix(0.55 + 0.45 * abs(n.z), 1.0, flatness);
  colour = vec4(own * light, 1.0);
}`;
const UNIFORMS = ["rests", "moves", "values", "colours", "amplitude", "matrix", "turned", "limits", "grey", "bands", "flatness"];

export class Paint {
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("This page needs WebGL 2, which this browser does not offer.");
    this.gl = gl;
    const program = (this.program = compiled(gl, POINTS, COLOURS));
    gl.useProgram(program);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.textures = {};
    ["rests", "moves", "values", "colours"].forEach((name, unit) => this.texture(name, unit));
    this.shell = this.vertices();
    this.cap = this.vertices();
    gl.enable(gl.DEPTH_TEST);
    gl.clearColor(1, 1, 1, 1);
    gl.clear(gl.COLOR_BUFFER_BIT); // white until there is a bone
  }

  texture(name, unit) {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, (this.textures[name] = gl.createTexture()));
    const filter = name === "colours" ? gl.LINEAR : gl.NEAREST;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.uniform1i(this.at[name], unit);
  }

  vertices() {
    const gl = this.gl;
    const made = { array: gl.createVertexArray(), corners: gl.createBuffer(), index: gl.createBuffer(), count: 0 };
    gl.bindVertexArray(made.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, made.corners);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, made.index);
    for (let k = 0; k < 4; k++) gl.enableVertexAttribArray(k);
    gl.vertexAttribIPointer(0, 1, gl.UNSIGNED_INT, 16, 0);
    gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_INT, 16, 4);
    gl.vertexAttribPointer(2, 1, gl.FLOAT, false, 16, 8);
    gl.vertexAttribPointer(3, 4, gl.BYTE, true, 16, 12);
    return made;
  }

  // Up to four numbers for each vertex.
  fill(name, count, numbers) {
    const gl = this.gl;
    const rows = Math.ceil(count / WIDE);
    const texels = new Float32Array(4 * WIDE * rows);
    for (let i = 0; i < count; i++) numbers(i, texels, 4 * i);
    gl.activeTexture(gl.TEXTURE0 + ["rests", "moves", "values"].indexOf(name));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, WIDE, rows, 0, gl.RGBA, gl.FLOAT, texels);
  }

  setPoints(points) {
    this.fill("rests", points.length / 3, (i, to, at) => {
      for (let j = 0; j < 3; j++) to[at + j] = points[3 * i + j];
    });
  }

  setMoved(moved, count) {
    this.fill("moves", count, (i, to, at) => {
      for (let j = 0; moved && j < 3; j++) to[at + j] = moved[3 * i + j];
    });
  }

  // An undefined value never enters an interpolation: whether there is one is told apart.
  setValues(values, excluded) {
    this.fill("values", values.length, (i, to, at) => {
      const known = !Number.isNaN(values[i]);
      to[at] = known ? values[i] : 0;
      to[at + 1] = excluded && excluded[i] ? 1 : 0;
      to[at + 2] = known ? 0 : 1;
    });
  }

  setColours(table) {
    const gl = this.gl;
    const texels = new Uint8Array(1024).fill(255);
    for (let i = 0; i < 256; i++) texels.set(table.slice(3 * i, 3 * i + 3), 4 * i);
    gl.activeTexture(gl.TEXTURE3);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  }

  setMesh({ shell, cap }) {
    const { vertex, other, share, normal, index } = shell;
    this.load(this.shell, vertex.length, index, (i) => [vertex[i], other[i], share[i]], normal);
    this.load(this.cap, cap.length, Uint32Array.from(cap.keys()), (i) => cap[i], null);
  }

  load(made, count, index, corner, normal) {
    const gl = this.gl;
    const bytes = new ArrayBuffer(16 * count);
    const [whole, shares, directions] = [new Uint32Array(bytes), new Float32Array(bytes), new Int8Array(bytes)];
    for (let i = 0; i < count; i++) {
      const [a, b, t] = corner(i);
      whole[4 * i] = a;
      whole[4 * i + 1] = b;
      shares[4 * i + 2] = t;
      if (normal) directions.set(normal.subarray(3 * i, 3 * i + 3), 16 * i + 12);
      else directions[16 * i + 14] = 127;
    }
    gl.bindVertexArray(made.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, made.corners);
    gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.DYNAMIC_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, made.index);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, index, gl.DYNAMIC_DRAW);
    made.count = index.length;
  }

  draw({ matrix, rows, amplitude, limits, bands, grey, ratio }) {
    const { gl, canvas, at } = this;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.useProgram(this.program);
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniformMatrix4fv(at.matrix, false, matrix);
    gl.uniformMatrix3fv(at.turned, false, [0, 1, 2].flatMap((j) => rows.map((row) => row[j])));
    gl.uniform1f(at.amplitude, amplitude);
    gl.uniform2fv(at.limits, limits);
    gl.uniform1f(at.bands, bands);
    gl.uniform3fv(at.grey, grey);
    for (const [made, flatness] of [[this.shell, 0], [this.cap, 1]]) {
      gl.uniform1f(at.flatness, flatness);
      gl.bindVertexArray(made.array);
      if (made.count) gl.drawElements(gl.TRIANGLES, made.count, gl.UNSIGNED_INT, 0);
    }
  }
}

export function compiled(gl, points, colours) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, points], [gl.FRAGMENT_SHADER, colours]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}
