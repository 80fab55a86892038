// What is shown now: the stretch of time, the cursor, the finding and the thread that are chosen.
// Every part of the timeline draws from here, all of them in one animation frame.

class View {
  constructor(length, finest) {
    this.length = Math.max(length, finest);
    this.finest = Math.min(this.length, finest * 8);
    this.start = 0;
    this.end = this.length;
    this.cursor = null;
    this.pinned = false;
    this.finding = null;
    this.thread = null;
    this.layer = null;
    this.patterns = false;
    this.painters = [];
    this.listeners = [];
    this.asked = false;
    this.flight = null;
    /** How long the last frames took to draw, in milliseconds. */
    this.frames = [];
  }

  get span() {
    return this.end - this.start;
  }

  paint(painter) {
    this.painters.push(painter);
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  /** Something changed: draw in the next frame, once however much changed. */
  changed() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const before = performance.now();
    for (const painter of this.painters) painter(this);
    for (const listener of this.listeners) listener(this);
    this.frames.push(performance.now() - before);
    if (this.frames.length > 600) this.frames.shift();
  }

  /** Shows this stretch, moved and widened as far as the recording's ends ask for. */
  show(start, end) {
    this.flight = null;
    this.place(start, end);
  }

  place(start, end) {
    const span = Math.min(this.length, Math.max(this.finest, end - start));
    const middle = (start + end) / 2;
    this.start = Math.min(Math.max(0, middle - span / 2), this.length - span);
    this.end = this.start + span;
    this.changed();
  }

  pan(seconds) {
    const span = this.span;
    const start = Math.min(Math.max(0, this.start + seconds), this.length - span);
    this.show(start, start + span);
  }

  /** Makes the stretch `factor` times as long, with `at` staying where it is. */
  zoom(factor, at = (this.start + this.end) / 2) {
    const span = Math.min(this.length, Math.max(this.finest, this.span * factor));
    const part = (at - this.start) / this.span;
    const start = Math.min(Math.max(0, at - part * span), this.length - span);
    this.show(start, start + span);
  }

  /** Moves to a stretch in a quarter of a second; at once for who wants less motion. */
  fly(start, end) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.show(start, end);
      return;
    }
    const flight = { from: [this.start, this.end], to: [start, end], began: performance.now() };
    this.flight = flight;
    const step = (now) => {
      if (this.flight !== flight) return;
      const t = Math.min(1, Math.max(0, (now - flight.began) / 260));
      const eased = 1 - (1 - t) ** 3;
      const between = (i) => flight.from[i] + (flight.to[i] - flight.from[i]) * eased;
      this.place(between(0), between(1));
      if (t < 1) requestAnimationFrame(step);
      else this.flight = null;
    };
    requestAnimationFrame(step);
  }

  point(time, pinned = false) {
    this.cursor = time === null ? null : Math.min(Math.max(0, time), this.length);
    this.pinned = pinned;
    this.changed();
  }
}
