// A curve at many resolutions. Each level averages four values of the level below, so drawing a
// column of pixels reads at most a handful of numbers, whether it shows 20 ms or a minute.

const FACTOR = 4;

class Pyramid {
  /** `values` are counted in `scale`, one for each `width` seconds. */
  constructor(values, scale, width) {
    this.width = width;
    let level = new Float32Array(values.length);
    for (let i = 0; i < values.length; i += 1) level[i] = values[i] * scale;
    this.levels = [level];
    while (level.length > 64) {
      const above = new Float32Array(Math.ceil(level.length / FACTOR));
      for (let i = 0; i < above.length; i += 1) {
        const end = Math.min((i + 1) * FACTOR, level.length);
        let sum = 0;
        for (let j = i * FACTOR; j < end; j += 1) sum += level[j];
        above[i] = sum / (end - i * FACTOR);
      }
      this.levels.push(above);
      level = above;
    }
  }

  /** The coarsest level of which one column of this many seconds still has one value. */
  static level(count, width, seconds) {
    let level = 0;
    while (level + 1 < count && width * FACTOR ** (level + 1) <= seconds) level += 1;
    return level;
  }

  /** The average from `start` to `end`, whole values at a time. */
  mean(start, end) {
    const level = Pyramid.level(this.levels.length, this.width, end - start);
    return meanOf(this.levels[level], start / this.width / FACTOR ** level, end / this.width / FACTOR ** level);
  }
}

function meanOf(values, from, to) {
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(values.length - 1, Math.max(first, Math.ceil(to) - 1));
  if (first >= values.length) return 0;
  let sum = 0;
  for (let i = first; i <= last; i += 1) sum += values[i];
  return sum / (last - first + 1);
}

/** The greatest value at many resolutions. */
class Peaks {
  constructor(values, width) {
    this.width = width;
    this.levels = [values];
    let level = values;
    while (level.length > 64) {
      const above = new Float32Array(Math.ceil(level.length / FACTOR));
      for (let i = 0; i < level.length; i += 1) {
        const at = Math.floor(i / FACTOR);
        if (level[i] > above[at]) above[at] = level[i];
      }
      this.levels.push(above);
      level = above;
    }
  }

  most(start, end) {
    const level = Pyramid.level(this.levels.length, this.width, (end - start) / FACTOR);
    const values = this.levels[level];
    const width = this.width * FACTOR ** level;
    const first = Math.max(0, Math.floor(start / width));
    const last = Math.min(values.length - 1, Math.max(first, Math.ceil(end / width) - 1));
    let most = 0;
    for (let i = first; i <= last; i += 1) if (values[i] > most) most = values[i];
    return most;
  }
}

/** One thread's cells at many resolutions: running and waiting, 0 to 255. Built when first seen. */
class Lane {
  constructor(cells, first, width) {
    this.first = first;
    this.width = width;
    const run = new Uint8Array(cells.length);
    const wait = new Uint8Array(cells.length);
    for (let i = 0; i < cells.length; i += 1) {
      run[i] = (cells[i] >> 4) * 17;
      wait[i] = (cells[i] & 15) * 17;
    }
    this.levels = [{ run, wait, factor: 1 }];
    // Levels start where the whole grid's do, so that neighbouring lanes stay in step.
    let below = this.levels[0];
    while (below.run.length > 64) {
      below = coarser(below, first);
      this.levels.push(below);
    }
  }

  /** Fills `run` and `wait`, one value a column, for columns of `step` seconds from `start`. */
  columns(start, step, run, wait) {
    const at = Pyramid.level(this.levels.length, this.width, step);
    const level = this.levels[at];
    const width = this.width * level.factor;
    const offset = Math.floor(this.first / level.factor);
    for (let x = 0; x < run.length; x += 1) {
      const from = Math.floor((start + x * step) / width) - offset;
      const to = Math.max(from + 1, Math.ceil((start + (x + 1) * step) / width) - offset);
      let [sumRun, sumWait, count] = [0, 0, 0];
      for (let i = from; i < to; i += 1) {
        count += 1;
        if (i < 0 || i >= level.run.length) continue;
        sumRun += level.run[i];
        sumWait += level.wait[i];
      }
      run[x] = sumRun / count;
      wait[x] = sumWait / count;
    }
  }

  /** Running and waiting at one time, 0 to 1. */
  at(time) {
    const cell = Math.floor(time / this.width) - this.first;
    const { run, wait } = this.levels[0];
    return cell < 0 || cell >= run.length ? [0, 0] : [run[cell] / 255, wait[cell] / 255];
  }
}

function coarser(below, first) {
  const factor = below.factor * FACTOR;
  const start = Math.floor(first / factor);
  const shift = Math.floor(first / below.factor) - start * FACTOR;
  const length = Math.ceil((below.run.length + shift) / FACTOR);
  const run = new Uint8Array(length);
  const wait = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) {
    let [sumRun, sumWait] = [0, 0];
    for (let j = i * FACTOR - shift; j < (i + 1) * FACTOR - shift; j += 1) {
      if (j < 0 || j >= below.run.length) continue;
      sumRun += below.run[j];
      sumWait += below.wait[j];
    }
    // Little is not nothing: a lane that was ever busy shows it at every zoom.
    run[i] = Math.ceil(sumRun / FACTOR);
    wait[i] = Math.ceil(sumWait / FACTOR);
  }
  return { run, wait, factor };
}
