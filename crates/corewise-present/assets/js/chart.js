// The timeline: running threads as solid layers, waiting threads hatched above them, and the line
// of allowed cores. The share of the hatched part is what the machine could not serve. A second,
// lower chart has the running threads alone: where many wait, it is the one that shows idle cores.
// Where a column of pixels stands for many looks, the layers are their average, and a faint shade
// above reaches up to the greatest of them.

/** The curves of all layers. */
class Layers {
  constructor(data) {
    const { width, bins } = data.timeline;
    this.allowed = data.allowed;
    this.all = data.groups.map((group, index) => {
      const part = (name) => {
        const { values, scale } = data.column(`layer.${index}.${name}`);
        return new Pyramid(values, scale, width);
      };
      return { group, run: part("run"), wait: part("wait") };
    });
    const sum = new Float32Array(bins);
    for (const { run, wait } of this.all) {
      const [a, b] = [run.levels[0], wait.levels[0]];
      for (let i = 0; i < bins; i += 1) sum[i] += a[i] + b[i];
    }
    this.peaks = new Peaks(sum, width);
  }

  /** Threads running and waiting from `start` to `end`, on average. */
  totals(start, end) {
    let [run, wait] = [0, 0];
    for (const layer of this.all) {
      run += layer.run.mean(start, end);
      wait += layer.wait.mean(start, end);
    }
    return [run, wait];
  }
}

class Chart {
  /** With `running` alone, the waiting threads are left out and the scale ends at the allowed cores. */
  constructor(view, palette, layers, canvas, { height, running }) {
    Object.assign(this, { view, palette, layers, running });
    this.surface = new Surface(canvas, height);
    view.paint(() => this.draw());
  }

  draw() {
    const { surface, view, layers, palette } = this;
    if (!surface.fit()) return;
    const { width, height, ratio } = surface;
    const step = view.span / width;
    const count = layers.all.length;
    const levels = new Float32Array(width * count * 2);
    const peaks = new Float32Array(width);
    const sums = new Float32Array(width);
    let most = this.running ? layers.allowed * 1.05 : Math.max(1, layers.allowed * 1.15);
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [view.start + x * step, view.start + (x + 1) * step];
      let sum = 0;
      for (let i = 0; i < count; i += 1) {
        const run = layers.all[i].run.mean(from, to);
        const wait = this.running ? 0 : layers.all[i].wait.mean(from, to);
        levels[(x * count + i) * 2] = run;
        levels[(x * count + i) * 2 + 1] = wait;
        sum += run + wait;
      }
      if (!this.running) peaks[x] = layers.peaks.most(from, to);
      sums[x] = sum;
      most = Math.max(most, sum, peaks[x]);
    }
    this.most = this.running ? most : roundUp(most);
    const unit = (height - (this.running ? 4 : 14) * ratio) / this.most;
    const spans = view.finding?.spans;
    const mask = spans?.length ? columnMask(view, width, spans) : null;
    const colors = this.colors(false);
    const faded = mask ? this.colors(true) : null;
    surface.clear(packed(palette.ground));
    this.grid(unit, false);
    for (let x = 0; x < width; x += 1) {
      this.stack(x, levels.subarray(x * count * 2, (x + 1) * count * 2), unit, mask && !mask[x] ? faded : colors);
      if (peaks[x] > 0.05) surface.column(x, Math.round(height - peaks[x] * unit), Math.round(height - sums[x] * unit), colors.peak);
    }
    this.lines(surface.finish(), unit);
  }

  colors(faded) {
    const { palette, view } = this;
    const ground = palette.ground;
    const strength = (i) => (faded ? 0.22 : view.layer !== null && view.layer !== i ? 0.16 : 1);
    const solid = palette.layers.map((color, i) => mix(color, ground, strength(i)));
    return {
      solid: solid.map(packed),
      mark: solid.map((color) => packed(mix(ground, color, 0.45))),
      hatch: solid.map((color) => packed(mix(color, ground, 0.9))),
      between: solid.map((color) => packed(mix(color, ground, 0.22))),
      edge: packed(ground),
      peak: packed(mix(rgb(palette.css.ink), ground, faded ? 0.05 : 0.13)),
    };
  }

  stack(x, levels, unit, colors) {
    const { surface, view } = this;
    const { height, ratio } = surface;
    const gap = Math.round(ratio);
    let at = 0;
    for (let waiting = 0; waiting < 2; waiting += 1) {
      for (let i = 0; i * 2 < levels.length; i += 1) {
        const value = levels[i * 2 + waiting];
        if (value === 0) continue;
        const bottom = Math.round(height - at * unit);
        at += value;
        const top = Math.round(height - at * unit);
        if (top >= bottom) continue;
        if (waiting) surface.hatch(x, top, bottom, colors.hatch[i], colors.between[i]);
        else if (view.patterns) surface.texture(x, top, bottom, colors.solid[i], colors.mark[i], i);
        else surface.column(x, top, bottom, colors.solid[i]);
        if (bottom - top > 3 * gap) surface.column(x, top, top + gap, colors.edge);
      }
    }
  }

  /** Lines of the grid, below the layers. */
  grid(unit) {
    const { surface, palette } = this;
    const color = packed(mix(rgb(palette.css.line), palette.ground, 0.7));
    const step = this.running ? Infinity : threadStep(this.most);
    for (let n = step; n <= this.most; n += step) {
      const y = Math.round(surface.height - n * unit);
      if (y >= 0) surface.pixels.fill(color, y * surface.width, (y + 1) * surface.width);
    }
  }

  lines(context, unit) {
    const { surface, palette, layers } = this;
    const { cssWidth: w, cssHeight: h, ratio } = surface;
    const y = (threads) => h - (threads * unit) / ratio;
    context.font = FONT;
    context.textBaseline = "bottom";
    const step = this.running ? Infinity : threadStep(this.most);
    for (let n = step; n <= this.most; n += step) {
      if (y(n) < 8 || Math.abs(y(n) - y(layers.allowed)) < 12) continue;
      this.label(context, cores(n), 4, y(n) - 1, palette.css.soft);
    }
    const line = Math.round(y(layers.allowed));
    context.fillStyle = palette.css.ground;
    context.fillRect(0, line - 2, w, 4);
    context.fillStyle = palette.css.allowed;
    for (let x = 0; x < w; x += 10) context.fillRect(x, line - 1, 6, 2);
    if (this.running) return;
    const text = `${cores(layers.allowed)} ${layers.allowed === 1 ? "core" : "cores"} allowed`;
    context.font = FONT.replace("11px", "600 11px");
    this.label(context, text, 4, line - 3, palette.css.allowed);
  }

  label(context, text, x, y, color) {
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = this.palette.css.ground;
    context.strokeText(text, x, y);
    context.fillStyle = color;
    context.fillText(text, x, y);
  }
}
