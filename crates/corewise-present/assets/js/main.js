// Puts the page together.

// After a click into the timeline the wheel zooms without Ctrl; until then it scrolls the page.
const HELP = [
  ["Drag, ← →", "move"], ["Ctrl + wheel, pinch, + −", "zoom"], ["Shift + drag", "zoom to a stretch"],
  ["Home, End, 0", "start, end, all"], ["Shift + ← →", "move the cursor"], ["Esc", "let go"],
];

/** Rows of findings above the timeline: the worst, so that the timeline itself stays in sight. */
const MOST_MARKS = 12;

function row(stage, name, label, canvas) {
  stage.append(el("div", { class: `band ${name}` }, el("div", { class: "gutter" }, label), el("div", { class: "band-plot" }, canvas)));
  return canvas;
}

function plot(label) {
  return el("canvas", { class: "plot", role: "img", "aria-label": label });
}

/** The names of the layers: pointing at one fades the others. */
function legend(data, view, palette) {
  const shown = data.groups.map((group, index) => ({ group, index })).filter(({ group }) => group.run + group.wait >= 0.005);
  const item = ({ group, index }) => {
    const set = (layer) => () => { view.layer = layer; view.changed(); };
    return el("li", { tabindex: "0", title: cut(`${group.label} — ${group.detail}; ran ${duration(group.run)}, waited ${duration(group.wait)}`, 500), on: { pointerenter: set(index), pointerleave: set(null), focus: set(index), blur: set(null) } },
      el("span", { class: "swatch", "aria-hidden": "true", style: { "--swatch": `var(--${palette.names[index]})` } }),
      el("span", { class: "legend-name" }, cut(group.label, 100)),
      el("span", { class: "legend-note" }, `ran ${brief(group.run)}`, group.wait >= 0.005 && ` · waited ${brief(group.wait)}`));
  };
  return el("div", { class: "legend" },
    el("ul", { "aria-label": "Layers, lowest first" }, shown.map(item)),
    el("p", { class: "key" }, el("span", { class: "key-solid", "aria-hidden": "true" }), "running ", el("span", { class: "key-hatch", "aria-hidden": "true" }), "waiting"));
}

function toolbar(view, lanes) {
  const range = el("span", { class: "range", "aria-live": "off" });
  view.listen(() => { range.textContent = `${moment(view.start, view.span / 200)} – ${moment(view.end, view.span / 200)} (${duration(view.span)})`; });
  const button = (label, title, action, pressed) => {
    const node = el("button", { class: "tool", type: "button", title, "aria-label": title, "aria-pressed": pressed }, label);
    node.addEventListener("click", () => action(node));
    return node;
  };
  const toggle = (node, on) => node.setAttribute("aria-pressed", on);
  const minor = lanes.data.threads.some((_, i) => lanes.isMinor(i));
  return el("div", { class: "toolbar" }, range,
    button("−", "Zoom out", () => view.zoom(1.8)), button("+", "Zoom in", () => view.zoom(1 / 1.8)), button("All", "Show the whole run", () => view.fly(0, view.length)),
    button("Textures", "Tell the layers apart by texture as well", (node) => { view.patterns = !view.patterns; toggle(node, view.patterns); view.changed(); }, String(view.patterns)),
    minor && button("Minor threads", `Show threads that ran and waited for less than ${duration(lanes.minor)} in all`, (node) => { lanes.hideMinor = !lanes.hideMinor; toggle(node, !lanes.hideMinor); lanes.fold(); }, "false"));
}

function buildTimeline(data, view, palette, findings, box) {
  view.patterns = matchMedia("(prefers-contrast: more), (forced-colors: active)").matches;
  const layers = new Layers(data);
  const lanes = new Lanes(data, view, palette);
  const stage = el("div", { class: "stage", tabindex: "0", role: "group", "aria-label": "Timeline of running and waiting threads", "aria-describedby": "keys" });
  box.querySelector("h2").after(toolbar(view, lanes));
  box.append(stage);

  const whole = row(stage, "overview", "Whole run", plot("The whole run; the window marks what is shown below"));
  new Overview(view, palette, layers, whole);
  const axis = row(stage, "axis", "", el("canvas", { class: "plot", "aria-hidden": "true" }));
  new Axis(view, palette, axis);
  const marked = findings.all.filter((finding) => finding.spans.length).slice(0, MOST_MARKS);
  if (marked.length) {
    const names = el("ol", { class: "mark-names" }, marked.map((f) => {
      f.row = el("button", { type: "button", title: cut(f.title, 300), "aria-pressed": "false", on: { click: f.choose } }, icon(SEVERITY_ICONS[f.severity], f.severity), f.code);
      return el("li", {}, f.row);
    }));
    new Marks(view, palette, marked, row(stage, "marks", names, plot("When each finding held")));
  }
  const canvas = plot(`Running and waiting threads over time, against ${cores(data.allowed)} allowed cores. The table below has the same in words.`);
  const names = legend(data, view, palette);
  row(stage, "chart", names, canvas);
  const height = Math.min(460, Math.max(264, names.querySelectorAll("li").length * 35 + 34));
  new Chart(view, palette, layers, canvas, { height, running: false });
  new Chart(view, palette, layers, row(stage, "use", "Cores in use", plot("Running threads alone, up to the allowed cores")), { height: 56, running: true });
  const strips = data.surroundings.strips.map((strip) => new Strip(view, palette, data, strip,
    row(stage, "strip", el("span", { title: strip.detail }, strip.label), plot(`${strip.label}: ${strip.detail}`))));
  if (data.leases) {
    const words = "Cores that callers in parallel regions held at each look at the session's table, against the budget (dashed)";
    strips.unshift(new Leases(view, palette, data, row(stage, "held", el("span", { title: words }, "Cores held"), plot(words))));
    stage.querySelector(".use").after(stage.querySelector(".held"));
  }
  stage.append(lanes.box);
  const cursor = el("div", { class: "cursor", hidden: true, "aria-hidden": "true" });
  stage.append(cursor);

  const gestures = new Gestures(view, stage, canvas);
  stage.addEventListener("keydown", (event) => { if (gestures.key(event)) event.preventDefault(); });
  const details = new Details(data, view, palette, layers, lanes, strips);
  stage.addEventListener("pointermove", (event) => requestAnimationFrame(() => details.point(event, lanes.box.contains(event.target))));
  stage.addEventListener("pointerleave", () => { details.tip.hidden = true; });
  view.listen(() => {
    const visible = view.cursor !== null && view.cursor >= view.start && view.cursor <= view.end;
    cursor.hidden = !visible;
    if (!visible) return;
    const left = canvas.getBoundingClientRect().left - stage.getBoundingClientRect().left;
    cursor.style.transform = `translateX(${left + ((view.cursor - view.start) / view.span) * canvas.clientWidth}px)`;
    cursor.classList.toggle("pinned", view.pinned);
  });
  add(box, [el("p", { class: "keys", id: "keys" }, HELP.map(([keys, what]) => el("span", {}, el("kbd", {}, keys), " ", what, " "))), details.panel, details.table()]);
  findings.onChoose = (finding) => {
    lanes.fold();
    lanes.reveal(finding.threads);
    if (box.getBoundingClientRect().top > innerHeight * 0.6 || box.getBoundingClientRect().bottom < 200) {
      box.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
  };
  const scrollbar = () => {
    stage.style.setProperty("--scrollbar", `${lanes.box.offsetWidth - lanes.box.clientWidth}px`);
    view.changed();
  };
  new ResizeObserver(scrollbar).observe(stage);
  return { layers, lanes };
}

async function main() {
  const data = await openData();
  const view = new View(data.duration, data.timeline.width);
  let palette = null;
  const theme = themeButton(() => { palette?.read(); view.changed(); });
  renderHeader(data, byId("top"), theme.button);
  const findings = new Findings(data, view);
  findings.render(byId("findings"));
  palette = new Palette(data.groups);
  buildTimeline(data, view, palette, findings, byId("timeline"));
  new FunctionTable(data).render(byId("functions"));
  renderFacts(data, byId("facts"));
  add(byId("foot"), [el("p", {}, `Written by corewise ${data.header.corewise}. This page is one file: it holds the recording's figures and asks the network for nothing.`)]);
  theme.set("system");
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    for (const box of document.querySelectorAll("details.more")) box.open = true;
    palette.read();
    view.draw();
  });
  addEventListener("afterprint", () => theme.set(theme.button.dataset.choice));
  view.draw();
  // For scripts and tests: what is shown, and how long frames take to draw.
  window.corewise = Object.freeze({
    view: () => ({ start: view.start, end: view.end, cursor: view.cursor, finding: view.finding?.code ?? null }),
    frames: () => view.frames.slice(),
    show: (start, end) => view.show(start, end),
  });
  document.documentElement.dataset.ready = "true";
}

main().catch((error) => {
  const old = typeof DecompressionStream === "undefined";
  byId("top").prepend(el("p", { class: "problem", role: "alert" },
    old ? "This browser is too old for the report: it needs DecompressionStream (Chrome 103, Firefox 113, Safari 16.4)." : `This report could not be drawn: ${error.message}`));
  throw error;
});
