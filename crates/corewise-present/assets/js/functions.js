// The table of Python functions.

const FUNCTION_COLUMNS = [
  ["own", "On a core", "CPU time while the function was innermost, with the native code that it called on its own thread"],
  ["total", "With callees", "CPU time while the function was anywhere in the stack"],
  ["alone", "Only busy thread", "time in which its thread ran and no other thread of the program did (others together below a quarter of a core)"],
  ["gil", "Waited for the GIL", "time blocked in wait for the GIL while the function was innermost"],
];

class FunctionTable {
  constructor(data) {
    this.rows = data.functions;
    this.sort = "own";
    this.filter = "";
    this.shown = 25;
    this.most = Object.fromEntries(FUNCTION_COLUMNS.map(([key]) => [key, Math.max(1e-9, ...this.rows.map((r) => r[key]))]));
    this.rate = data.header.stack_rate;
  }

  render(box) {
    if (!this.rows.length) {
      add(box, [el("p", { class: "soft" }, "No Python function was seen on a core: the program ran none, or its stacks could not be read (the notices below say why).")]);
      return;
    }
    this.body = el("tbody");
    this.heads = FUNCTION_COLUMNS.map(([key, name, detail]) => el("th", { scope: "col", class: "number" },
      el("button", { type: "button", title: detail, on: { click: () => { this.sort = key; this.update(); } } }, name)));
    this.more = el("button", { class: "tool", type: "button", on: { click: () => { this.shown += 100; this.update(); } } }, "Show more");
    const filter = el("input", { type: "search", placeholder: "Filter functions and files", "aria-label": "Filter functions and files",
      on: { input: () => { this.filter = filter.value.toLowerCase(); this.update(); } } });
    add(box, [
      el("p", { class: "section-note" }, `Seconds, from up to ${decimals(this.rate, 1)} looks a second at each Python stack; how much of each look the thread was on a core comes from the kernel's counters.`),
      filter,
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Python functions" },
        el("table", { class: "functions" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Function"), this.heads)), this.body)),
      this.more,
    ]);
    this.update();
  }

  update() {
    const found = this.rows
      .filter((r) => !this.filter || r.name.toLowerCase().includes(this.filter) || r.file.toLowerCase().includes(this.filter))
      .sort((a, b) => b[this.sort] - a[this.sort]);
    FUNCTION_COLUMNS.forEach(([key], i) => this.heads[i].setAttribute("aria-sort", key === this.sort ? "descending" : "none"));
    replace(this.body, found.slice(0, this.shown).map((row) => el("tr", {},
      el("th", { scope: "row" }, code(cut(row.name, 160)), el("span", { class: "file", title: cut(row.file, 400) }, cut(shortened(row.file), 120))),
      FUNCTION_COLUMNS.map(([key]) => el("td", { class: "number" },
        row[key] >= 0.0005 ? [el("span", { class: `bar ${key}`, style: { width: `${(row[key] / this.most[key]) * 100}%` } }), el("span", {}, row[key].toFixed(row[key] < 10 ? 2 : 1))] : el("span", { class: "soft" }, "–"))))));
    this.more.hidden = found.length <= this.shown;
    this.more.textContent = `Show more (${decimals(found.length - this.shown, 0)})`;
  }
}

/** The last three parts of a path. */
function shortened(path) {
  const parts = path.split("/");
  return parts.length > 4 ? "…/" + parts.slice(-3).join("/") : path;
}
