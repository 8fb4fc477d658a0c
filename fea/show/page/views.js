// SPDX-FileCopyrightText: bonefea contributors
// SPDX-License-Identifier: MIT
// Saved views: a camera with all controls under a name, kept in the link and in files.

import { button, download, group, make } from "./controls.js";
import { LONGEST_NAME, MOST_VIEWS, viewsOf } from "./state.js";

const LARGEST_FILE = 2 ** 18; // bytes

export function viewsGroup(page) {
  const name = make("input", { type: "text", maxLength: LONGEST_NAME, placeholder: "name", "aria-label": "Name of the view" });
  const said = make("p", { className: "soft", role: "status", hidden: true });
  const list = make("div", { className: "views", role: "group", "aria-label": "Saved views" });
  const say = (words) => ((said.hidden = !words), (said.textContent = words));
  const show = () => list.replaceChildren(...page.state.views.map((view) => row(page, view, rename, remove)));
  const keep = (views, words = "") => {
    const names = new Set(views.map((view) => view.name));
    const others = page.state.views.filter((view) => !names.has(view.name));
    const all = [...others, ...views];
    say(all.length > MOST_VIEWS ? `At most ${MOST_VIEWS} views are kept: delete one first.` : words);
    page.state.views = all.slice(0, MOST_VIEWS);
    show();
    page.remember();
  };
  const remove = (gone) => {
    page.state.views = page.state.views.filter((view) => view !== gone);
    say("");
    show();
    page.remember();
  };
  const rename = (view) => {
    const own = window.prompt("Name of the view", view.name)?.trim().slice(0, LONGEST_NAME);
    if (!own || own === view.name) return;
    if (page.state.views.some((other) => other.name === own)) return say(`There is a view ${own} already.`);
    view.name = own;
    say("");
    show();
    page.remember();
  };
  const save = button("Save view", () => {
    const own = name.value.trim() || free(page.state.views);
    const before = page.state.views.some((view) => view.name === own);
    keep([{ name: own, pose: page.look.camera.pose, state: page.kept }], before ? `The view ${own} was replaced.` : "");
    name.value = "";
  });
  name.addEventListener("keydown", (event) => event.key === "Enter" && save.click());
  const file = make("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "File of saved views" });
  file.addEventListener("change", async () => {
    const [given] = file.files;
    const views = given && given.size <= LARGEST_FILE ? viewsOf(parsed(await given.text())?.views) : [];
    keep(views, views.length ? `${views.length} loaded.` : `${given?.name} holds no saved views.`);
    file.value = "";
  });
  const write = button("Views to a file", () => {
    const text = JSON.stringify({ views: page.state.views }, null, 1);
    download(new Blob([text], { type: "application/json" }), "views.json");
  });
  const read = button("Views from a file", () => file.click());
  show();
  return group("Saved views", make("div", { className: "buttons" }, name, save), list, make("div", { className: "buttons" }, write, read, file), said);
}

function row(page, view, rename, remove) {
  const look = button(view.name, () => {
    page.look.camera.pose = view.pose;
    page.redraw();
    page.remember();
  }, { title: "The camera as it was" });
  const all = button("all", () => page.recall(view), { title: "Camera and all controls as they were", "aria-label": `${view.name}: camera and all controls` });
  const other = button("rename", () => rename(view), { "aria-label": `Rename ${view.name}` });
  const gone = button("×", () => remove(view), { title: "Delete", "aria-label": `Delete ${view.name}` });
  return make("div", { className: "buttons view" }, look, all, other, gone);
}

function free(views) {
  for (let k = 1; ; k++) if (!views.some((view) => view.name === `view ${k}`)) return `view ${k}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
