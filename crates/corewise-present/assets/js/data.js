// Opens the two blocks of data that stand in the page.

const FORMATS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array };

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) out[i] = binary.charCodeAt(i);
  return out;
}

async function unpack(id) {
  const block = byId(id);
  const packed = fromBase64(block.textContent);
  block.remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

/** The facts, with `column(name)` giving `{values, scale}`. */
async function openData() {
  const [words, numbers] = await Promise.all([unpack("data-facts"), unpack("data-columns")]);
  const data = JSON.parse(new TextDecoder().decode(words));
  data.duration = data.summary.wall / 1e9;
  data.allowed = data.summary.allowed;
  data.column = (name) => {
    const { format, offset, length, scale } = data.columns[name];
    return { values: new FORMATS[format](numbers, offset, length), scale };
  };
  return data;
}

/** The Python stacks of one thread: who was where, when. */
class StackTrack {
  constructor(data, thread) {
    const offset = data.column("stack.offset").values;
    const [from, to] = [offset[thread], offset[thread + 1]];
    const { values: at, scale } = data.column("stack.at");
    this.times = new Float64Array(to - from);
    let sum = 0;
    for (let i = from; i < to; i += 1) {
      sum += at[i];
      this.times[i - from] = sum * scale;
    }
    this.ids = data.column("stack.id").values.subarray(from, to);
    this.states = data.column("stack.state").values.subarray(from, to);
  }

  get empty() {
    return this.ids.length === 0;
  }

  /** The index of the stretch at a time, -1 where no stack was seen. */
  at(time) {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.ids[low - 1] !== 0xffffffff ? low - 1 : -1;
  }
}

const GIL_WORDS = ["holds the GIL", "waits for the GIL", ""];
