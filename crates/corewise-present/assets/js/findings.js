// The findings: what was found, what it cost, what to type. Choosing one moves the timeline there.

const SEVERITY_ICONS = {
  severe: "M8 1.5L15 14H1Z",
  warning: "M8 1L15 8L8 15L1 8Z",
  note: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z",
};

/** A finding with what the timeline needs of it. */
class FindingView {
  constructor(data, entry, index) {
    Object.assign(this, { data, index, code: entry.code, severity: entry.severity, ...entry.finding });
    const spans = this.evidence.flatMap((e) => e.spans).map((s) => [s.start / 1e9, s.end / 1e9]).sort((a, b) => a[0] - b[0]);
    this.spans = merged(spans);
    this.threads = new Set(this.evidence.flatMap((e) => e.threads));
    if (!this.threads.size) {
      const pools = new Set(this.evidence.flatMap((e) => e.pools));
      data.threads.forEach((t, i) => { if (pools.has(t.role?.pool)) this.threads.add(i); });
    }
    this.stretch = -1;
  }

  /** Where to look first: all of it, or its longest stretch where all of it is most of the run. */
  target() {
    if (!this.spans.length) return null;
    const [start, end] = [this.spans[0][0], this.spans.at(-1)[1]];
    if (this.spans.length === 1 || end - start < this.data.duration * 0.6) return [start, end];
    return this.spans.reduce((a, b) => (b[1] - b[0] > a[1] - a[0] ? b : a));
  }
}

function merged(spans) {
  const out = [];
  for (const [start, end] of spans) {
    const last = out.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}

class Findings {
  constructor(data, view) {
    this.data = data;
    this.view = view;
    this.all = data.findings.map((entry, index) => new FindingView(data, entry, index));
    for (const finding of this.all) finding.choose = () => this.choose(finding);
    this.onChoose = () => {};
  }

  render(box) {
    if (!this.all.length && !this.data.summary.wall) {
      add(box, [el("p", { class: "soft" }, "The recording is empty: there is nothing to look for findings in.")]);
      return;
    }
    if (!this.all.length) {
      add(box, [el("div", { class: "nothing" }, icon("M2.5 8.5l3.5 3.5 7.5-8", "check"),
        el("p", {}, el("b", {}, "Nothing found."), " No finding of corewise applies to this recording."))]);
      return;
    }
    const counts = ["severe", "warning", "note"].map((s) => [s, this.all.filter((f) => f.severity === s).length]).filter(([, n]) => n);
    add(box, [el("p", { class: "section-note" }, counts.map(([s, n]) => `${n} ${s === "severe" ? s : n === 1 ? s : s + "s"}`).join(", "), ". Choose one to see it on the timeline."),
      el("ol", { class: "finding-list" }, this.all.map((f) => el("li", {}, this.card(f))))]);
    this.view.listen(() => this.mark());
  }

  card(finding) {
    finding.head = el("button", { class: "finding-head", type: "button", "aria-pressed": "false", on: { click: () => this.choose(finding) } },
      el("span", { class: "finding-kind" }, icon(SEVERITY_ICONS[finding.severity], finding.severity),
        el("span", { class: "severity" }, finding.severity), el("span", { class: "finding-code" }, finding.code)),
      el("span", { class: "finding-title" }, finding.title));
    finding.node = el("article", { class: `finding ${finding.severity}`, id: `finding-${finding.index}` },
      el("h3", {}, finding.head), this.cost(finding), this.stepper(finding),
      finding.fixes.length > 0 && this.fix(finding.fixes[0]), this.more(finding));
    return finding.node;
  }

  cost(finding) {
    const lost = finding.cost.lost;
    return el("p", { class: "cost" }, "known" in lost
      ? [el("b", {}, coreSeconds(lost.known)), " lost", this.data.duration > 0 && el("span", { class: "soft" }, ` · ${percent(lost.known / (this.data.duration * this.data.allowed))} of what the cores could do`)]
      : el("span", { class: "soft" }, `cost unknown: ${lost.unknown}`));
  }

  stepper(finding) {
    if (!finding.spans.length) return el("p", { class: "stepper soft" }, "Holds for the whole run.");
    const words = el("span", { class: "soft" }, plural(finding.spans.length, "stretch", "stretches"));
    if (finding.spans.length === 1) return el("p", { class: "stepper soft" }, this.span(finding.spans[0]));
    const step = (by) => () => {
      const count = finding.spans.length;
      finding.stretch = finding.stretch < 0 ? (by > 0 ? 0 : count - 1) : (finding.stretch + by + count) % count;
      words.textContent = `stretch ${finding.stretch + 1} of ${decimals(count, 0)}`;
      this.select(finding, finding.spans[finding.stretch]);
      announce(`${words.textContent}, ${this.span(finding.spans[finding.stretch])}`);
    };
    return el("p", { class: "stepper" },
      el("button", { class: "small", type: "button", "aria-label": `Stretch before, of ${finding.code}`, on: { click: step(-1) } }, icon("M10 3L5 8l5 5")), words,
      el("button", { class: "small", type: "button", "aria-label": `Next stretch of ${finding.code}`, on: { click: step(1) } }, icon("M6 3l5 5-5 5")));
  }

  span([start, end]) {
    return `${moment(start, 0.01)} to ${moment(end, 0.01)}`;
  }

  fix(fix) {
    return el("div", { class: "fix" }, el("p", {}, fix.text),
      fix.command && el("div", { class: "command" }, el("pre", {}, code(fix.command)), copyButton(fix.command, `Copy: ${cut(fix.command, 80)}`)));
  }

  more(finding) {
    return el("details", { class: "more", open: finding.index === 0 && innerWidth > 1199 },
      el("summary", {}, "Evidence", el("span", { class: "soft" }, ` and how the cost is computed`)),
      el("ul", { class: "evidence" }, finding.evidence.map((e) => this.evidence(finding, e))),
      el("p", { class: "how" }, el("b", {}, "Cost: "), finding.cost.how),
      finding.fixes.slice(1).map((fix) => this.fix(fix)),
      el("p", { class: "soft explain" }, "What it means and when it is wrong: ", code(`corewise explain ${finding.code}`)));
  }

  evidence(finding, e) {
    const stack = e.stack === null ? null : this.data.stacks[e.stack].map((f) => this.data.frames[f]);
    return el("li", {}, el("span", {}, e.text),
      e.spans.length > 0 && e.spans.length <= 4 && el("span", { class: "spans" }, e.spans.map((s) => {
        const span = [s.start / 1e9, s.end / 1e9];
        return el("button", { class: "small", type: "button", on: { click: () => this.select(finding, span) } }, this.span(span));
      })),
      e.measures.length > 0 && el("dl", { class: "measures" }, e.measures.map((m) => el("div", {}, el("dt", {}, m.name), el("dd", {}, measure(m))))),
      stack?.length > 0 && el("ol", { class: "frames" }, stack.slice(0, 4).map(([name, file, line]) =>
        el("li", {}, code(cut(name, 160)), " ", el("span", { class: "soft", title: cut(file, 400) }, `${cut(shortName(file), 80)}${line ? ":" + line : ""}`))),
        stack.length > 4 && el("li", { class: "soft" }, `${plural(stack.length - 4, "frame")} further out`)));
  }

  choose(finding) {
    if (this.view.finding === finding) {
      this.view.finding = null;
      this.view.changed();
      announce(`${finding.code} no longer marked`);
      return;
    }
    this.select(finding, finding.target());
    announce(`${finding.code} marked on the timeline`);
  }

  select(finding, span) {
    const other = this.view.finding !== finding;
    this.view.finding = finding;
    if (span) {
      const margin = Math.max((span[1] - span[0]) * 0.12, this.view.finest / 2);
      this.view.fly(span[0] - margin, span[1] + margin);
    }
    this.view.changed();
    if (other) this.onChoose(finding);
  }

  mark() {
    for (const finding of this.all) {
      const chosen = this.view.finding === finding;
      finding.node.classList.toggle("chosen", chosen);
      finding.head.setAttribute("aria-pressed", chosen);
      finding.row?.setAttribute("aria-pressed", chosen);
    }
  }
}

function measure({ value, unit }) {
  if (unit === "ns") return duration(value / 1e9);
  if (unit === "%") return decimals(value, 1) + " %";
  return `${decimals(value, value < 10 ? 2 : 1)} ${unit}`.trim();
}
