// Colours of the layers, from the style sheet, so that light and dark are decided in one place.

const SERIES = 10;

class Palette {
  constructor(groups) {
    let pool = 0;
    /** For each group, the name of its colour. */
    this.names = groups.map((group) => {
      switch (group.kind) {
        case "python": return "python";
        case "pool": pool += 1; return `pool-${(pool - 1) % 8}`;
        default: return group.kind;
      }
    });
    this.read();
  }

  read() {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    this.css = {};
    for (const name of ["ground", "ink", "soft", "line", "allowed", "accent", "throttled", "pressure", "others", "held", "severe", "warning", "note"]) {
      this.css[name] = value(name);
    }
    this.ground = rgb(this.css.ground);
    this.layers = this.names.map((name) => rgb(value(name)));
    this.hex = this.names.map((name) => value(name));
  }
}

function rgb(hex) {
  const number = parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** `part` of `a` and the rest of `b`. */
function mix(a, b, part) {
  return a.map((value, i) => Math.round(value * part + b[i] * (1 - part)));
}

/** As a pixel of an image's 32-bit view (little endian, as every machine that runs a browser). */
function packed([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** A number for the texture of a layer: plain, lines, dots … */
function textured(texture, x, y) {
  switch (texture % 6) {
    case 1: return x % 6 < 2;
    case 2: return y % 6 < 2;
    case 3: return x % 5 < 2 && y % 5 < 2;
    case 4: return (x % 8 < 2) !== (y % 8 < 2);
    case 5: return (x - y + 60000) % 8 < 2;
    default: return false;
  }
}

/** Stripes from lower left to upper right: the sign of waiting everywhere. */
function hatched(x, y) {
  return (x + y) % 6 < 2;
}
