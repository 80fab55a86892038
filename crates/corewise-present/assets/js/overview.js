// The whole run in a low strip, with a window that shows and moves what the timeline shows.

class Overview {
  constructor(view, palette, layers, canvas) {
    Object.assign(this, { view, palette, layers });
    this.surface = new Surface(canvas, 44);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    view.paint(() => this.draw());
  }

  down(event) {
    const { view } = this;
    const canvas = this.surface.canvas;
    const time = (e) => {
      const box = canvas.getBoundingClientRect();
      return ((e.clientX - box.left) / box.width) * view.length;
    };
    const edge = (view.length / canvas.clientWidth) * 7;
    const grabbed = time(event);
    const span = view.span;
    const near = (at) => Math.abs(grabbed - at) < edge && span < view.length;
    const mode = near(view.start) ? "start" : near(view.end) ? "end" : "move";
    const inside = grabbed > view.start && grabbed < view.end;
    const offset = inside ? grabbed - view.start : span / 2;
    const whole = span >= view.length * 0.999;
    const move = (e) => {
      const at = time(e);
      if (whole) view.show(Math.min(grabbed, at), Math.max(grabbed, at));
      else if (mode === "start") view.show(Math.min(at, view.end - view.finest), view.end);
      else if (mode === "end") view.show(view.start, Math.max(at, view.start + view.finest));
      else view.pan(at - offset - view.start);
    };
    canvas.setPointerCapture(event.pointerId);
    if (!inside && mode === "move") move(event);
    canvas.addEventListener("pointermove", move);
    const stop = () => canvas.removeEventListener("pointermove", move);
    canvas.addEventListener("pointerup", stop, { once: true });
    canvas.addEventListener("pointercancel", stop, { once: true });
    event.stopPropagation();
  }

  draw() {
    const { surface, palette, layers, view } = this;
    if (!surface.fit()) return;
    this.curve();
    const context = surface.finish();
    const { cssWidth: w, cssHeight: h } = surface;
    const scale = w / view.length;
    const allowed = h - (Math.min(layers.allowed, this.most) / this.most) * (h - 4);
    context.fillStyle = palette.css.allowed;
    for (let x = 0; x < w; x += 7) context.fillRect(x, Math.round(allowed), 4, 1);
    const [from, to] = [view.start * scale, Math.max(view.end * scale, view.start * scale + 3)];
    context.globalAlpha = 0.62;
    context.fillStyle = palette.css.ground;
    context.fillRect(0, 0, from, h);
    context.fillRect(to, 0, w - to, h);
    context.globalAlpha = 1;
    context.strokeStyle = palette.css.ink;
    context.lineWidth = 1;
    context.strokeRect(from + 0.5, 0.5, Math.max(2, to - from - 1), h - 1);
    if (view.span < view.length) {
      context.fillStyle = palette.css.ink;
      context.fillRect(from - 1, h / 2 - 7, 4, 14);
      context.fillRect(to - 3, h / 2 - 7, 4, 14);
    }
  }

  /** Running below, waiting above it, all layers together. Only redrawn when the size changes. */
  curve() {
    const { surface, palette, layers, view } = this;
    const sign = `${surface.width} ${surface.height} ${palette.css.ground}`;
    if (this.sign === sign) return;
    this.sign = sign;
    const { width, height } = surface;
    const step = view.length / width;
    const values = [];
    this.most = Math.max(layers.allowed * 1.25, 1);
    for (let x = 0; x < width; x += 1) {
      const [run, wait] = layers.totals(x * step, (x + 1) * step);
      values.push([run, wait]);
      this.most = Math.max(this.most, run + wait);
    }
    surface.clear(packed(palette.ground));
    const solid = packed(mix(rgb(palette.css.soft), palette.ground, 0.75));
    const line = packed(mix(rgb(palette.css.soft), palette.ground, 0.55));
    const between = packed(mix(rgb(palette.css.soft), palette.ground, 0.16));
    const unit = (height - 4 * surface.ratio) / this.most;
    values.forEach(([run, wait], x) => {
      const middle = Math.round(height - run * unit);
      surface.column(x, middle, height, solid);
      surface.hatch(x, Math.round(height - (run + wait) * unit), middle, line, between);
    });
  }
}
