// The cores that callers held, against the budget that they share: the governor's own view of the
// run. Those of the program are solid, those of other programs in the session hatched above them.

class Leases {
  constructor(view, palette, data, canvas) {
    Object.assign(this, { view, palette, leases: data.leases });
    this.surface = new Surface(canvas, 56);
    const curve = (name) => {
      const { values, scale } = data.column(`lease.${name}`);
      return new Pyramid(values, scale, data.leases.width);
    };
    this.held = curve("held");
    this.outside = curve("outside");
    this.callers = curve("callers");
    const sum = this.held.levels[0].map((value, i) => value + this.outside.levels[0][i]);
    this.peaks = new Peaks(sum, data.leases.width);
    this.most = Math.max(...data.leases.budgets.map(([, budget]) => budget), this.peaks.most(0, view.length)) * 1.08;
    /** What the details say of it, as of the strips below. */
    this.strip = { column: "held", label: "Cores held", missing: null };
    view.paint(() => this.draw());
  }

  budget(time) {
    const { budgets } = this.leases;
    return (budgets.findLast(([from]) => from <= time) ?? budgets[0])[1];
  }

  at(time) {
    this.time = time;
    return this.held.mean(time, time + 1e-6);
  }

  show(value) {
    const callers = this.callers.mean(this.time, this.time + 1e-6);
    const outside = this.outside.mean(this.time, this.time + 1e-6);
    return `${cores(value)} of a budget of ${this.budget(this.time)}, by ${plural(callers, "caller")}`
      + (outside > 0.01 ? `; ${cores(outside)} by other programs` : "");
  }

  draw() {
    const { surface, view, palette } = this;
    if (!surface.fit()) return;
    const { width, height, ratio } = surface;
    const color = (part) => packed(mix(rgb(palette.css.held), palette.ground, part));
    const other = [0.9, 0.2].map((part) => packed(mix(rgb(palette.css.others), palette.ground, part)));
    const [solid, peak] = [color(0.8), packed(mix(rgb(palette.css.ink), palette.ground, 0.13))];
    const unit = (height - 4 * ratio) / this.most;
    const step = view.span / width;
    surface.clear(packed(palette.ground));
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [view.start + x * step, view.start + (x + 1) * step];
      const own = this.held.mean(from, to);
      const all = own + this.outside.mean(from, to);
      const y = (value) => Math.round(height - value * unit);
      surface.column(x, y(own), height, solid);
      if (all > own) surface.hatch(x, y(all), y(own), other[0], other[1]);
      const most = this.peaks.most(from, to);
      if (most > all + 0.05) surface.column(x, y(most), y(all), peak);
    }
    this.line(surface.finish(), unit / ratio);
  }

  /** The budget: one line, with a step where it was changed. */
  line(context, unit) {
    const { surface, view, palette, leases } = this;
    const { cssWidth: w, cssHeight: h } = surface;
    const x = (time) => ((time - view.start) / view.span) * w;
    leases.budgets.forEach(([from, budget], i) => {
      const [left, right] = [i ? x(from) : 0, i + 1 < leases.budgets.length ? x(leases.budgets[i + 1][0]) : w];
      const y = Math.round(h - budget * unit);
      context.fillStyle = palette.css.ground;
      context.fillRect(Math.max(0, left), y - 2, Math.min(w, right) - Math.max(0, left), 4);
      context.fillStyle = palette.css.allowed;
      for (let at = Math.max(0, left); at < Math.min(w, right); at += 10) context.fillRect(at, y - 1, Math.min(6, right - at), 2);
    });
  }
}
