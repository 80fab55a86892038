"use strict";
// Makes the page's elements. Words of the recorded program enter the page here and nowhere else,
// and only as text nodes.

/** An element. `options`: `class`, `on` (listeners), `style` (properties), anything else an attribute. */
function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || (value === false && !name.startsWith("aria-"))) continue;
    if (name === "class") node.className = value;
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    } else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function replace(node, ...children) {
  node.textContent = "";
  return add(node, children);
}

function byId(id) {
  return document.getElementById(id);
}

/** Words of the recorded program: kept in their own writing direction. */
function code(text, options = {}) {
  return el("code", options, text);
}

const SVG = "http://www.w3.org/2000/svg";

/** A small drawing from path data, in a box of 16 by 16. It carries no meaning of its own. */
function icon(path, name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon" + (name ? " icon-" + name : ""));
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** A button that copies `text`, and says that it did. */
function copyButton(text, label) {
  const words = el("span", {}, "Copy");
  const button = el("button", { class: "copy", type: "button", "aria-label": label }, words);
  button.addEventListener("click", async () => {
    const done = await copy(text);
    words.textContent = done ? "Copied" : "Press Ctrl+C";
    announce(done ? "Copied" : "Selected: press Ctrl+C to copy");
    setTimeout(() => { words.textContent = "Copy"; }, 1600);
  });
  return button;
}

/** The clipboard needs a permission that a file may not have: the old way is the second. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Says something to a screen reader. */
function announce(text) {
  let live = byId("live");
  if (!live) {
    live = el("div", { id: "live", class: "offscreen", role: "status", "aria-live": "polite" });
    document.body.append(live);
  }
  live.textContent = text;
}
