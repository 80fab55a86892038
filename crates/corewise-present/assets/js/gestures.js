// Wheel, drag, pinch and keys, the same on every part of the timeline.

const PAN_KEYS = { ArrowLeft: -0.15, ArrowRight: 0.15, PageUp: -0.9, PageDown: 0.9 };

class Gestures {
  /** `plot` is an element as wide as every plot; `stage` contains all of them. */
  constructor(view, stage, plot) {
    Object.assign(this, { view, stage, plot, pointers: new Map(), moved: false });
    this.selection = el("div", { class: "selection", hidden: true });
    stage.append(this.selection);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event));
    stage.addEventListener("pointerleave", () => { if (!view.pinned) view.point(null); });
    stage.addEventListener("dblclick", (event) => {
      if (this.on(event)) view.zoom(event.shiftKey ? 2 : 0.5, this.time(event.clientX));
    });
  }

  on(event) {
    return event.target instanceof Element && event.target.closest(".plot") !== null;
  }

  time(clientX) {
    const box = this.plot.getBoundingClientRect();
    return this.view.start + ((clientX - box.left) / box.width) * this.view.span;
  }

  seconds(pixels) {
    return (pixels / this.plot.getBoundingClientRect().width) * this.view.span;
  }

  /** Sideways pans. Upright zooms, but leaves the page its scrolling until the timeline is in use. */
  wheel(event) {
    if (!this.on(event)) return;
    const unit = event.deltaMode === 1 ? 16 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const lanes = event.target.closest(".lanes") !== null;
    const zooms = event.ctrlKey || event.metaKey || (!lanes && this.stage.contains(document.activeElement));
    if (Math.abs(dx) > Math.abs(dy) || event.shiftKey) {
      event.preventDefault();
      this.view.pan(this.seconds(event.shiftKey && !dx ? dy : dx));
    } else if (zooms && dy !== 0) {
      event.preventDefault();
      const pinch = event.ctrlKey ? 0.01 : 0.0022;
      this.view.zoom(Math.exp(Math.max(-120, Math.min(120, dy)) * pinch), this.time(event.clientX));
    }
  }

  down(event) {
    if (event.button !== 0 || !this.on(event) || event.target.closest(".overview")) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.moved = false;
    // With nowhere to go, a drag can only mean a stretch to look at.
    const whole = this.view.span >= this.view.length * 0.999;
    this.selecting = event.shiftKey || whole ? event.clientX : null;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (this.on(event) && !this.view.pinned) this.view.point(this.time(event.clientX));
      return;
    }
    if (!this.moved && Math.hypot(event.clientX - before.x, event.clientY - before.y) < 4) return;
    if (!this.moved) {
      this.moved = true;
      this.stage.setPointerCapture(event.pointerId);
      this.stage.classList.add("dragging");
    }
    if (this.pointers.size === 2) this.pinch(event);
    else if (this.selecting !== null) this.select(event.clientX);
    else this.view.pan(-this.seconds(event.clientX - before.x));
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  pinch(event) {
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
    const before = this.pointers.get(event.pointerId);
    const was = Math.max(20, Math.abs(before.x - other.x));
    const is = Math.max(20, Math.abs(event.clientX - other.x));
    this.view.zoom(was / is, this.time((event.clientX + other.x) / 2));
  }

  select(x) {
    const box = this.plot.getBoundingClientRect();
    const left = this.stage.getBoundingClientRect().left;
    const clamp = (value) => Math.min(Math.max(value, box.left), box.right);
    const [from, to] = [clamp(Math.min(this.selecting, x)), clamp(Math.max(this.selecting, x))];
    this.selection.hidden = false;
    this.selection.style.left = `${from - left}px`;
    this.selection.style.width = `${to - from}px`;
    this.chosen = [this.time(from), this.time(to)];
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    this.stage.classList.remove("dragging");
    if (!this.selection.hidden) {
      this.selection.hidden = true;
      this.view.fly(...this.chosen);
    } else if (!this.moved && event.type === "pointerup") {
      const time = this.time(event.clientX);
      const same = this.view.pinned && Math.abs(this.view.cursor - time) < this.seconds(4);
      this.view.point(time, !same);
    }
  }

  /** Keys of the timeline. True where the key was one of them. */
  key(event) {
    const { view } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const at = view.pinned ? view.cursor : undefined;
    if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const step = view.span / 100;
      const from = view.cursor ?? (view.start + view.end) / 2;
      const time = Math.min(view.length, Math.max(0, from + (event.key === "ArrowLeft" ? -step : step)));
      if (time < view.start || time > view.end) view.pan(time - (view.start + view.end) / 2);
      view.point(time, true);
    } else if (event.key in PAN_KEYS) view.pan(view.span * PAN_KEYS[event.key]);
    else if (event.key === "+" || event.key === "=") view.zoom(1 / 1.5, at);
    else if (event.key === "-" || event.key === "_") view.zoom(1.5, at);
    else if (event.key === "Home") view.show(0, view.span);
    else if (event.key === "End") view.show(view.length - view.span, view.length);
    else if (event.key === "0") view.fly(0, view.length);
    else if (event.key === "Escape") view.point(null);
    else return false;
    return true;
  }
}
