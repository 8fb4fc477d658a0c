// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// How the page begins: with a server that answers it, or with answers that it brings along.

import { unpacked } from "./packet.js";
import { Page } from "./page.js";
import { Stored } from "./stored.js";

const NOT_UNDERSTOOD = 1008; // code of a socket that was closed for what it asked

// Answers come through a socket beside the page, whatever proxy and path it has come through.
function connect() {
  const place = new URL("ws", location.href);
  place.protocol = place.protocol.replace("http", "ws");
  const socket = new WebSocket(place);
  socket.binaryType = "arraybuffer";
  let page = null;
  socket.addEventListener("message", ({ data }) => {
    const packet = unpacked(data);
    if (packet.head.kind === "welcome") window.page = page = new Page(packet.head, { send: (question) => socket.send(JSON.stringify(question)) });
    else page.heard(packet);
  });
  socket.addEventListener("close", ({ code }) => page?.stop(code === NOT_UNDERSTOOD ? "The viewer did not understand this page: load it again." : "The viewer has stopped: start bonefea view again."));
}

// A page that is a file of its own brings its answers along.
async function open(stored) {
  const source = await Stored.read(stored.textContent);
  const send = (question) => setTimeout(() => window.page.heard(source.answer(question)));
  window.page = new Page(source.welcome, { send });
}

const stored = document.getElementById("stored");
if (stored) open(stored);
else connect();
