// Strips above and below the timeline: when each finding held, and what went on beside the program.

/** When each finding held: one row a finding. */
class Marks {
  constructor(view, palette, findings, canvas) {
    Object.assign(this, { view, palette, findings });
    this.surface = new Surface(canvas, Math.max(1, findings.length) * Marks.ROW);
    canvas.addEventListener("click", (event) => {
      const row = Math.floor(event.offsetY / Marks.ROW);
      if (findings[row]) findings[row].choose();
    });
    view.paint(() => this.draw());
  }

  draw() {
    const { surface, view, palette, findings } = this;
    if (!surface.fit()) return;
    const { width, ratio } = surface;
    surface.clear(packed(palette.ground));
    findings.forEach((finding, row) => {
      const mask = columnMask(view, width, finding.spans);
      const chosen = view.finding === finding;
      const strength = view.finding && !chosen ? 0.3 : 1;
      const color = packed(mix(rgb(palette.css[finding.severity]), palette.ground, strength));
      const top = Math.round((row * Marks.ROW + (chosen ? 3 : 5)) * ratio);
      const bottom = Math.round((row * Marks.ROW + Marks.ROW - (chosen ? 3 : 5)) * ratio);
      const rule = packed(mix(rgb(palette.css.line), palette.ground, 0.8));
      const middle = Math.round((top + bottom) / 2);
      for (let x = 0; x < width; x += 1) {
        if (!mask[x]) surface.column(x, middle, middle + 1, rule);
        else surface.column(x, mask[x - 1] ? top : top - Math.round(2 * ratio), bottom, color);
      }
    });
    surface.finish();
  }
}

Marks.ROW = 18;

/** One figure of the surroundings, as a low curve. */
class Strip {
  constructor(view, palette, data, strip, canvas) {
    Object.assign(this, { view, palette, strip });
    this.surface = new Surface(canvas, 18);
    const { values, scale } = data.column(strip.column);
    this.pyramid = new Pyramid(values, scale, data.surroundings.width);
    view.paint(() => this.draw());
  }

  at(time) {
    return this.pyramid.mean(time, time + 1e-6);
  }

  show(value) {
    return this.strip.unit === "% of time" ? percent(Math.min(1, value)) : `${cores(value)} ${this.strip.unit}`;
  }

  draw() {
    const { surface, view, palette, strip } = this;
    if (!surface.fit()) return;
    const { width, height, ratio } = surface;
    surface.clear(packed(palette.ground));
    if (strip.missing) {
      const context = surface.finish();
      context.font = FONT;
      context.textBaseline = "middle";
      context.fillStyle = palette.css.soft;
      context.fillText(strip.missing, 4, 9);
      return;
    }
    const most = strip.unit === "% of time" ? 1 : Math.max(strip.most, 0.5);
    const color = packed(mix(rgb(palette.css[strip.column]), palette.ground, 0.72));
    const rule = packed(mix(rgb(palette.css.line), palette.ground, 0.8));
    const base = height - Math.round(2 * ratio);
    const step = view.span / width;
    for (let x = 0; x < width; x += 1) {
      const value = this.pyramid.mean(view.start + x * step, view.start + (x + 1) * step);
      surface.column(x, base, base + 1, rule);
      if (value <= 0) continue;
      const tall = Math.max(ratio, Math.min(1, value / most) * (height - 3 * ratio));
      surface.column(x, Math.round(base - tall), base, color);
    }
    surface.finish();
  }
}
