// One lane for each thread, below its process. Only the lanes in sight are built and drawn, so ten
// thousand threads cost no more than thirty.

const PROCESS_ROW = 38;
const THREAD_ROW = 22;
const STACK_ROW = 40;

class Lanes {
  constructor(data, view, palette) {
    Object.assign(this, { data, view, palette, built: new Map(), tracks: new Map(), nodes: new Map() });
    this.cells = data.column("lane.cells").values;
    this.first = data.column("lane.first").values;
    this.offset = data.column("lane.offset").values;
    const samples = data.column("stack.offset").values;
    this.sampled = data.threads.map((_, i) => samples[i + 1] > samples[i]);
    this.hideMinor = true;
    /** Seconds of running and waiting below which a thread is left out at first. */
    this.minor = Math.max(0.01, data.duration * 0.0005);
    this.order();
    this.canvas = el("canvas", { class: "plot", "aria-hidden": "true" });
    this.labels = el("div", { class: "lane-labels", role: "tree", tabindex: "0", "aria-label": "Processes and threads" });
    this.sheet = el("div", { class: "lane-sheet" }, this.labels, el("div", { class: "lane-canvas" }, this.canvas));
    this.above = el("div", { class: "lane-above", hidden: true });
    this.box = el("div", { class: "lanes" }, el("div", { class: "lane-top", "aria-hidden": "true" }, this.above), this.sheet);
    this.surface = new Surface(this.canvas, 10);
    this.box.addEventListener("scroll", () => view.changed());
    this.labels.addEventListener("focus", () => view.changed());
    this.labels.addEventListener("blur", () => view.changed());
    this.labels.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("pointermove", (event) => { this.hovered = this.rowAt(event.offsetY + this.box.scrollTop); });
    this.canvas.addEventListener("pointerleave", () => { this.hovered = null; });
    this.canvas.addEventListener("click", (event) => {
      const row = this.rowAt(event.offsetY + this.box.scrollTop);
      if (row) this.choose(row, false);
    });
    view.paint(() => this.draw());
    this.fold();
  }

  /** Processes below those that started them, threads by what they are. */
  order() {
    const { processes, threads } = this.data;
    const children = processes.map(() => []);
    const roots = [];
    processes.forEach((p, i) => (p.parent === null ? roots : children[p.parent]).push(i));
    this.threadsOf = processes.map(() => []);
    threads.forEach((t, i) => this.threadsOf[t.process].push(i));
    const rank = (i) => (threads[i].role === "main" ? -1 : threads[i].group);
    this.threadsOf.forEach((list) => list.sort((a, b) => rank(a) - rank(b) || threads[a].tid - threads[b].tid));
    this.sequence = [];
    const left = roots.map((process) => ({ process, depth: 0 })).reverse();
    while (left.length) {
      const next = left.pop();
      this.sequence.push(next);
      for (const process of children[next.process].reverse()) left.push({ process, depth: next.depth + 1 });
    }
    this.open = new Set(threads.length <= 300 ? processes.keys() : roots);
  }

  isMinor(thread) {
    return this.weight(thread) < this.minor;
  }

  /** Lays the rows out again, after something was opened, closed or hidden. */
  fold() {
    this.rows = [];
    let top = 0;
    const push = (row, height) => {
      this.rows.push({ ...row, top, height, index: this.rows.length });
      top += height;
    };
    for (const { process, depth } of this.sequence) {
      const all = this.threadsOf[process];
      const shown = this.hideMinor ? all.filter((t) => !this.isMinor(t) || this.view.finding?.threads.has(t)) : all;
      push({ process, depth, shown: shown.length, hidden: all.length - shown.length }, PROCESS_ROW);
      if (this.open.has(process)) {
        for (const thread of shown) push({ process, thread, depth }, this.sampled[thread] ? STACK_ROW : THREAD_ROW);
      }
    }
    this.total = top;
    this.sheet.style.height = `${top}px`;
    this.box.style.height = `${Math.min(top, Math.max(260, Math.round(window.innerHeight * 0.62)))}px`;
    this.chosen = Math.min(this.chosen ?? 0, this.rows.length - 1);
    for (const node of this.nodes.values()) node.remove();
    this.nodes.clear();
    this.view.changed();
  }

  rowAt(y) {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].top + this.rows[middle].height <= y) low = middle + 1;
      else high = middle;
    }
    return this.rows[low] ?? null;
  }

  lane(thread) {
    let lane = this.built.get(thread);
    if (!lane) {
      const cells = this.cells.subarray(this.offset[thread], this.offset[thread + 1]);
      lane = new Lane(cells, this.first[thread], this.data.lanes.width);
      this.built.set(thread, lane);
      // The oldest goes: it is built again in a millisecond should it come into sight.
      if (this.built.size > 256) this.built.delete(this.built.keys().next().value);
    }
    return lane;
  }

  track(thread) {
    let track = this.tracks.get(thread);
    if (!track) {
      track = new StackTrack(this.data, thread);
      this.tracks.set(thread, track);
    }
    return track;
  }

  toggle(process) {
    if (!this.open.delete(process)) this.open.add(process);
    this.fold();
  }

  choose(row, scroll = true) {
    this.chosen = row.index;
    this.view.thread = row.thread ?? null;
    if (scroll) {
      const { box } = this;
      if (row.top < box.scrollTop + PROCESS_ROW) box.scrollTop = row.top - PROCESS_ROW;
      else if (row.top + row.height > box.scrollTop + box.clientHeight) box.scrollTop = row.top + row.height - box.clientHeight;
    }
    this.view.changed();
  }

  /** Opens the processes of these threads and brings the first into sight. */
  reveal(threads) {
    for (const thread of threads) this.open.add(this.data.threads[thread].process);
    this.fold();
    const row = this.rows.find((r) => threads.has(r.thread));
    if (row) this.box.scrollTop = Math.max(0, row.top - PROCESS_ROW);
  }

  key(event) {
    const row = this.rows[this.chosen];
    if (!row) return;
    const move = { ArrowUp: -1, ArrowDown: 1, PageUp: -12, PageDown: 12, Home: -1e9, End: 1e9 }[event.key];
    if (move !== undefined) {
      const next = Math.min(this.rows.length - 1, Math.max(0, this.chosen + move));
      this.choose(this.rows[next]);
    } else if (row.thread === undefined && (event.key === "Enter" || event.key === " ")) this.toggle(row.process);
    else if (row.thread === undefined && event.key === "ArrowRight" && !this.open.has(row.process)) this.toggle(row.process);
    else if (event.key === "ArrowLeft" && this.open.has(row.process)) {
      this.chosen = this.rows.findIndex((r) => r.process === row.process);
      this.toggle(row.process);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  draw() {
    const { box, surface, view, palette } = this;
    const from = box.scrollTop;
    const height = box.clientHeight;
    if (!surface.fit(Math.max(10, height))) return;
    surface.clear(packed(palette.ground));
    const words = [];
    const seen = new Set();
    const first = this.rowAt(from)?.index ?? 0;
    for (let i = first; i < this.rows.length && this.rows[i].top < from + height; i += 1) {
      const row = this.rows[i];
      seen.add(i);
      this.label(row);
      if (row.thread === undefined) this.drawProcess(row, row.top - from);
      else this.drawThread(row, row.top - from, words);
    }
    this.drawAbove(this.rows[first]);
    for (const [index, node] of this.nodes) {
      if (!seen.has(index)) { node.remove(); this.nodes.delete(index); }
    }
    this.labels.setAttribute("aria-activedescendant", `row-${this.chosen}`);
    const context = surface.finish();
    context.font = FONT;
    context.textBaseline = "middle";
    for (const { text, x, y, width, color, halo } of words) {
      context.save();
      context.beginPath();
      context.rect(x, y - 8, width, 16);
      context.clip();
      if (halo) {
        context.lineWidth = 5;
        context.lineJoin = "round";
        context.strokeStyle = palette.css.ground;
        context.strokeText(text, x + 4, y + 0.5);
      }
      context.fillStyle = color;
      context.fillText(text, x + 4, y + 0.5);
      context.restore();
    }
    if (view.cursor === null) this.hovered = null;
  }

  /** The process of the first lane, where its own row is out of sight. */
  drawAbove(row) {
    const process = row?.thread === undefined ? null : this.data.processes[row.process];
    this.above.hidden = process === null;
    if (process && this.above.dataset.pid !== `${row.process}`) {
      this.above.dataset.pid = row.process;
      replace(this.above, cut(process.label, 120), el("span", { class: "lane-note" }, ` ${process.pid}`));
    }
  }

  /** All threads of a process together. */
  drawProcess(row, top) {
    const { surface, view, palette } = this;
    const { width, ratio } = surface;
    const step = view.span / width;
    const y = Math.round(top * ratio);
    const bottom = Math.round((top + row.height) * ratio) - Math.round(ratio);
    const back = packed(mix(rgb(palette.css.line), palette.ground, 0.32));
    const process = this.data.processes[row.process];
    const begin = Math.max(0, Math.floor((process.start - view.start) / step));
    const end = Math.min(width, Math.ceil(((process.end ?? view.length) - view.start) / step));
    for (let x = begin; x < end; x += 1) surface.column(x, y, bottom, back);
    if (this.open.has(row.process)) return;
    // A closed process shows its busiest threads laid over each other.
    const run = new Uint8Array(width);
    const wait = new Uint8Array(width);
    const all = [new Float32Array(width), new Float32Array(width)];
    const threads = [...this.threadsOf[row.process]].sort((a, b) => this.weight(b) - this.weight(a)).slice(0, 16);
    for (const thread of threads) {
      this.lane(thread).columns(view.start, step, run, wait);
      for (let x = 0; x < width; x += 1) { all[0][x] += run[x]; all[1][x] += wait[x]; }
    }
    const unit = (bottom - y - 4 * ratio) / 255 / Math.max(1, Math.min(threads.length, Math.ceil(this.data.allowed * 2)));
    const ink = rgb(palette.css.soft);
    const [solid, hatch, between] = [packed(ink), packed(mix(ink, palette.ground, 0.8)), packed(mix(ink, palette.ground, 0.16))];
    for (let x = begin; x < end; x += 1) {
      const middle = Math.max(y, Math.round(bottom - all[0][x] * unit));
      surface.column(x, middle, bottom, solid);
      surface.hatch(x, Math.max(y, Math.round(bottom - (all[0][x] + all[1][x]) * unit)), middle, hatch, between);
    }
  }

  weight(thread) {
    return this.data.threads[thread].run + this.data.threads[thread].wait;
  }

  drawThread(row, top, words) {
    const { surface, view, palette } = this;
    const { width, ratio } = surface;
    const thread = this.data.threads[row.thread];
    const step = view.span / width;
    const run = new Uint8Array(width);
    const wait = new Uint8Array(width);
    this.lane(row.thread).columns(view.start, step, run, wait);
    const faded = view.finding?.threads.size && !view.finding.threads.has(row.thread);
    const color = mix(palette.layers[thread.group], palette.ground, faded ? 0.25 : 1);
    const solid = packed(color);
    const hatch = packed(mix(color, palette.ground, 0.9));
    const between = packed(mix(color, palette.ground, 0.2));
    const rule = packed(mix(rgb(palette.css.line), palette.ground, 0.7));
    const y = Math.round((top + 3) * ratio);
    const bottom = Math.round((top + THREAD_ROW - 2) * ratio);
    const begin = Math.max(0, Math.floor((thread.start - view.start) / step));
    const end = Math.min(width, Math.ceil(((thread.end ?? view.length) - view.start) / step));
    const unit = (bottom - y) / 255;
    for (let x = begin; x < end; x += 1) {
      surface.column(x, bottom - 1, bottom, rule);
      const middle = Math.round(bottom - run[x] * unit);
      surface.column(x, middle, bottom, solid);
      surface.hatch(x, Math.max(y, Math.round(bottom - (run[x] + wait[x]) * unit)), middle, hatch, between);
    }
    if (row.thread === view.thread) {
      for (let x = 0; x < width; x += 1) surface.column(x, Math.round((top + row.height) * ratio) - Math.round(ratio), Math.round((top + row.height) * ratio), packed(rgb(palette.css.accent)));
    }
    if (this.sampled[row.thread]) this.drawStacks(row, top + THREAD_ROW, words, faded);
  }

  /** The innermost Python function over time, its name where there is room for it. */
  drawStacks(row, top, words, faded) {
    const { surface, view, palette, data } = this;
    const { width, ratio } = surface;
    const track = this.track(row.thread);
    const step = view.span / width;
    const [y, bottom] = [Math.round(top * ratio), Math.round((top + 15) * ratio)];
    const ink = mix(palette.layers[0], palette.ground, faded ? 0.3 : 1);
    const back = [packed(mix(ink, palette.ground, 0.2)), packed(mix(ink, palette.ground, 0.3))];
    const gil = packed(rgb(palette.css.warning));
    const edge = packed(palette.ground);
    let [name, start, waits, shade] = [null, 0, false, 0];
    const flush = (x) => {
      if (name === null) return;
      for (let c = start; c < x; c += 1) {
        if (waits) surface.texture(c, y, bottom, back[shade], gil, 3);
        else surface.column(c, y, bottom, back[shade]);
      }
      if (x - start > 3 * ratio) surface.column(start, y, bottom, edge);
      const room = (x - start) / ratio;
      if (room > 28) words.push({ text: name, x: start / ratio, y: top + 8, width: room - 4, color: palette.css.ink, halo: waits });
      shade = 1 - shade;
    };
    for (let x = 0; x < width; x += 1) {
      const at = track.at(view.start + (x + 0.5) * step);
      const stack = at < 0 ? null : data.stacks[track.ids[at]];
      const function_ = stack?.length ? data.frames[stack[0]][0] : null;
      const waiting = at >= 0 && (track.states[at] & 3) === 1;
      if (function_ !== name || waiting !== waits) {
        flush(x);
        [name, start, waits] = [function_, x, waiting];
      }
    }
    flush(width);
  }

  label(row) {
    let node = this.nodes.get(row.index);
    if (!node) {
      node = row.thread === undefined ? this.processLabel(row) : this.threadLabel(row);
      node.style.top = `${row.top}px`;
      node.style.height = `${row.height}px`;
      this.nodes.set(row.index, node);
      this.labels.append(node);
    }
    const known = this.view.thread !== null || document.activeElement === this.labels;
    node.classList.toggle("chosen", known && row.index === this.chosen);
    node.classList.toggle("evidence", this.view.finding?.threads.has(row.thread) ?? false);
    node.setAttribute("aria-selected", row.index === this.chosen);
  }

  processLabel(row) {
    const process = this.data.processes[row.process];
    const open = this.open.has(row.process);
    const count = plural(this.threadsOf[row.process].length, "thread");
    const node = el("div", { class: "lane-label process", id: `row-${row.index}`, role: "treeitem", "aria-level": 1, "aria-expanded": open, title: cut(process.command.join(" "), 400) },
      icon(open ? "M3 6l5 5 5-5" : "M6 3l5 5-5 5", "fold"),
      el("span", { class: "lane-text" },
        el("span", { class: "lane-name" }, cut(process.label, 120)),
        el("span", { class: "lane-note" }, row.hidden ? `${process.pid} · ${count}, ${row.hidden} minor` : `${process.pid} · ${count}`)));
    node.style.paddingLeft = `${Math.min(row.depth, 4) * 8}px`;
    node.addEventListener("click", () => { this.chosen = row.index; this.toggle(row.process); });
    return node;
  }

  threadLabel(row) {
    const thread = this.data.threads[row.thread];
    const swatch = el("span", { class: "swatch", "aria-hidden": "true", style: { "--swatch": `var(--${this.palette.names[thread.group]})` } });
    const node = el("div", { class: "lane-label thread", id: `row-${row.index}`, role: "treeitem", "aria-level": 2, title: `${cut(thread.name, 200)} · ${cut(this.data.groups[thread.group].label, 200)}` },
      swatch,
      el("span", { class: "lane-name" }, cut(thread.label || "(no name)", 80)),
      el("span", { class: "lane-note" }, thread.tid),
      el("span", { class: "offscreen" }, ` ran ${duration(thread.run)}, waited ${duration(thread.wait)}`));
    node.style.paddingLeft = `${14 + Math.min(row.depth, 4) * 8}px`;
    node.addEventListener("click", () => this.choose(row, false));
    return node;
  }
}
