// The axis of time, and the steps that axes take.

const FONT = '11px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120,
  300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];

/** A step of time that leaves at least `room` pixels between two marks. */
function timeStep(view, width, room = 90) {
  const least = (view.span / width) * room;
  return STEPS.find((step) => step >= least) ?? STEPS[STEPS.length - 1];
}

function marks(view, step) {
  const out = [];
  for (let k = Math.ceil(view.start / step); k * step <= view.end; k += 1) out.push(k * step);
  return out;
}

/** A round number of threads at or above `value`, so that the axis moves in few steps. */
function roundUp(value) {
  const tens = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * tens).find((n) => n >= value) ?? 10 * tens;
}

function threadStep(most) {
  return [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((step) => most / step <= 4.5) ?? most;
}

class Axis {
  constructor(view, palette, canvas) {
    this.palette = palette;
    this.surface = new Surface(canvas, 24);
    view.paint(() => this.draw(view));
  }

  draw(view) {
    const { surface, palette } = this;
    if (!surface.fit()) return;
    surface.clear(packed(palette.ground));
    const context = surface.finish();
    const step = timeStep(view, surface.cssWidth);
    context.font = FONT;
    context.textBaseline = "middle";
    for (const time of marks(view, step)) {
      const x = ((time - view.start) / view.span) * surface.cssWidth;
      context.fillStyle = palette.css.line;
      context.fillRect(Math.round(x), 17, 1, 7);
      context.fillStyle = palette.css.soft;
      const text = moment(time, step);
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(x - half, 0), surface.cssWidth - 2 * half), 9);
    }
  }
}
