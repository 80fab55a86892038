// What the cursor points at, in words: beside the pointer, in the panel below, and as a table.

class Details {
  constructor(data, view, palette, layers, lanes, strips) {
    Object.assign(this, { data, view, palette, layers, lanes, strips });
    this.tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.panel = el("div", { class: "details", role: "region", "aria-label": "At the cursor", tabindex: "0" });
    document.body.append(this.tip);
    view.listen(() => this.update());
  }

  /** The time that one column of the plot stands for, so that words and pixels agree. */
  window(time) {
    const step = Math.max(this.data.timeline.width, this.view.span / 1200);
    const from = Math.floor(time / step) * step;
    return [from, from + step];
  }

  values(time) {
    const [from, to] = this.window(time);
    const rows = this.layers.all.map(({ group, run, wait }, index) => ({ index, group, run: run.mean(from, to), wait: wait.mean(from, to) }));
    const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
    return { rows, run: sum("run"), wait: sum("wait") };
  }

  update() {
    const time = this.view.cursor;
    const sign = [time, this.view.pinned, this.view.thread, this.lanes.hovered?.index, this.view.span].join();
    if (sign === this.sign) return;
    this.sign = sign;
    this.panel.classList.toggle("held", this.view.pinned);
    if (time === null || this.view.pinned) this.tip.hidden = true;
    if (time === null) {
      replace(this.panel, el("p", { class: "hint" },
        "Point at the timeline, or click it to hold a moment. With the keyboard: Shift with ← or → moves the cursor, and ↑ or ↓ in the list of threads chooses one."));
      return;
    }
    const [hovered, chosen] = [this.lanes.hovered?.thread, this.view.thread];
    const thread = this.view.pinned ? chosen ?? hovered : hovered ?? chosen;
    replace(this.panel, this.atTime(time), thread === null || thread === undefined ? this.noThread() : this.atThread(thread, time));
  }

  /** Beside the pointer. */
  point(event, inLanes) {
    const { view, tip } = this;
    if (view.cursor === null || view.pinned || event.pointerType === "touch") { tip.hidden = true; return; }
    const row = inLanes ? this.lanes.hovered : null;
    const time = view.cursor;
    const { rows, run, wait } = this.values(time);
    const lines = [];
    if (row && row.thread !== undefined) {
      lines.push(...this.threadWords(row.thread, time, 8));
    } else {
      const busy = rows.filter((r) => r.run + r.wait >= 0.02).sort((a, b) => b.run + b.wait - a.run - a.wait);
      lines.push(el("div", { class: "tip-sum" }, el("b", {}, cores(run)), " running, ", el("b", {}, cores(wait)), " waiting"));
      lines.push(busy.slice(0, 7).map((r) => this.layerLine(r)));
    }
    replace(tip, el("div", { class: "tip-time" }, moment(time, view.span / 2000)), lines);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = event.clientX + 16 + box.width > innerWidth - 8 ? event.clientX - box.width - 16 : event.clientX + 16;
    const top = Math.min(event.clientY + 14, innerHeight - box.height - 8);
    tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  layerLine(row) {
    return el("div", { class: "layer-line" },
      el("span", { class: "swatch", style: { "--swatch": `var(--${this.palette.names[row.index]})` } }),
      el("span", { class: "layer-name" }, cut(row.group.label, 60)),
      el("span", { class: "number" }, cores(row.run)),
      el("span", { class: "number waiting" }, row.wait >= 0.005 ? `+ ${cores(row.wait)} waiting` : ""));
  }

  threadWords(index, time, most) {
    const thread = this.data.threads[index];
    const process = this.data.processes[thread.process];
    const [run, wait] = this.lanes.lane(index).at(time);
    const words = [
      el("div", { class: "thread-name" }, cut(thread.label || "(no name)", 100), el("span", { class: "soft" }, ` thread ${thread.tid} of ${cut(process.label, 100)} ${process.pid}`)),
      el("div", {}, "running ", el("b", {}, percent(Math.round(run * 15) / 15)), ", waiting ", el("b", {}, percent(Math.round(wait * 15) / 15))),
    ];
    if (thread.role.native) words.push(el("div", { class: "soft" }, "started by ", code(cut(thread.role.native, 300))));
    if (thread.role.unknown) words.push(el("div", { class: "soft" }, "not attributed: ", cut(thread.role.unknown, 300)));
    if (!this.lanes.sampled[index]) return words;
    const track = this.lanes.track(index);
    const at = track.at(time);
    if (at < 0) return [...words, el("div", { class: "soft" }, "no Python stack was seen at this time")];
    const gil = GIL_WORDS[track.states[at] & 3];
    if (gil) words.push(el("div", { class: "gil" }, gil));
    const frames = this.data.stacks[track.ids[at]].map((frame) => this.data.frames[frame]);
    words.push(this.frames(frames, most));
    return words;
  }

  frames(frames, most) {
    return el("ol", { class: "frames", "aria-label": "Python stack, innermost first" },
      frames.slice(0, most).map(([name, file, line]) => el("li", {},
        code(cut(name, 160)), " ", el("span", { class: "soft", title: cut(file, 400) }, `${cut(shortName(file), 80)}${line ? ":" + line : ""}`))),
      frames.length > most && el("li", { class: "soft" }, `${frames.length - most} more`));
  }

  atTime(time) {
    const { rows, run, wait } = this.values(time);
    const list = rows.filter((r) => r.run + r.wait >= 0.005);
    return el("div", { class: "details-time" },
      el("h3", {}, `At ${moment(time, this.view.span / 2000)}`, this.view.pinned && el("span", { class: "pin" }, "held")),
      el("p", {}, el("b", {}, cores(run)), " running and ", el("b", {}, cores(wait)), ` waiting, on ${cores(this.data.allowed)} allowed`),
      list.map((r) => this.layerLine(r)),
      this.strips.filter((s) => !s.strip.missing && s.at(time) > 0.001).map((s) => el("div", { class: "layer-line" },
        el("span", { class: "swatch", style: { "--swatch": `var(--${s.strip.column})` } }),
        el("span", { class: "layer-name" }, s.strip.label), el("span", { class: "number" }, s.show(s.at(time))), el("span"))));
  }

  atThread(thread, time) {
    return el("div", { class: "details-thread" }, el("h3", {}, "Thread"), this.threadWords(thread, time, 40));
  }

  noThread() {
    return el("div", { class: "details-thread" }, el("h3", {}, "Thread"), el("p", { class: "soft" }, "Choose a thread to see its Python stack."));
  }

  /** The timeline as words: the stretch that is shown, in forty steps. */
  table() {
    const body = el("tbody");
    const caption = el("caption");
    const box = el("details", { class: "as-table" },
      el("summary", {}, "The stretch shown above, as a table"),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Timeline as a table" },
        el("table", {}, caption, el("thead", {}, el("tr", {}, ["From", "Running", "Waiting", "Mostly"].map((h) => el("th", { scope: "col" }, h)))), body)));
    let shown = "";
    const fill = () => {
      const { view } = this;
      const sign = `${view.start} ${view.end}`;
      if (!box.open || sign === shown) return;
      shown = sign;
      const step = view.span / 40;
      caption.textContent = `${moment(view.start, step)} to ${moment(view.end, step)}: average numbers of threads, on ${cores(this.data.allowed)} allowed cores`;
      replace(body, Array.from({ length: 40 }, (_, i) => {
        const from = view.start + i * step;
        const rows = this.layers.all.map(({ group, run, wait }) => ({ group, run: run.mean(from, from + step), wait: wait.mean(from, from + step) }));
        const busiest = rows.reduce((a, b) => (b.run + b.wait > a.run + a.wait ? b : a));
        const sum = (name) => cores(rows.reduce((total, row) => total + row[name], 0));
        return el("tr", {}, el("th", { scope: "row" }, moment(from, step)), el("td", {}, sum("run")), el("td", {}, sum("wait")),
          el("td", { class: "words" }, busiest.run + busiest.wait > 0.01 ? cut(busiest.group.label, 80) : "nothing"));
      }));
    };
    box.addEventListener("toggle", fill);
    let timer = 0;
    this.view.listen(() => { clearTimeout(timer); timer = setTimeout(fill, 200); });
    return box;
  }
}
