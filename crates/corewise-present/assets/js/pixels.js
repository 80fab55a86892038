// A canvas that is filled pixel by pixel: as fast for an hour as for a second, and crisp.

class Surface {
  constructor(canvas, height) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.cssHeight = height;
    this.cssWidth = 0;
  }

  /** Takes the canvas's size on the page; false where it has none. */
  fit(height = this.cssHeight) {
    const ratio = Math.min(3, Math.max(1, window.devicePixelRatio || 1));
    const width = this.canvas.clientWidth;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (w < 2 || h < 1) return false;
    if (this.canvas.width !== w || this.canvas.height !== h || this.ratio !== ratio) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.canvas.style.height = `${height}px`;
      this.image = this.context.createImageData(w, h);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    Object.assign(this, { ratio, width: w, height: h, cssWidth: width, cssHeight: height });
    return true;
  }

  clear(color) {
    this.pixels.fill(color);
  }

  /** A column from `top` to `bottom` (not included), in device pixels. */
  column(x, top, bottom, color) {
    const { pixels, width } = this;
    for (let y = Math.max(0, top), at = y * width + x; y < bottom; y += 1, at += width) {
      pixels[at] = color;
    }
  }

  hatch(x, top, bottom, color, between) {
    const { pixels, width, ratio } = this;
    const cx = Math.floor(x / ratio);
    for (let y = Math.max(0, top), at = y * width + x; y < bottom; y += 1, at += width) {
      pixels[at] = hatched(cx, Math.floor(y / ratio)) ? color : between;
    }
  }

  texture(x, top, bottom, color, mark, texture) {
    const { pixels, width, ratio } = this;
    const cx = Math.floor(x / ratio);
    for (let y = Math.max(0, top), at = y * width + x; y < bottom; y += 1, at += width) {
      pixels[at] = textured(texture, cx, Math.floor(y / ratio)) ? mark : color;
    }
  }

  /** Puts the pixels up and gives a context in CSS pixels for lines and words. */
  finish() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.putImageData(this.image, 0, 0);
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return this.context;
  }
}

/** Which columns lie in one of the sorted spans `[start, end]`, of at least one column each. */
function columnMask(view, width, spans) {
  const mask = new Uint8Array(width);
  const scale = width / view.span;
  for (const [start, end] of spans) {
    if (end < view.start || start > view.end) continue;
    const from = Math.max(0, Math.floor((start - view.start) * scale));
    const to = Math.min(width, Math.max(from + 1, Math.ceil((end - view.start) * scale)));
    mask.fill(1, from, to);
  }
  return mask;
}
