// Figures as text. One rule for each unit, so that the same figure looks the same everywhere.

function decimals(value, most) {
  return value.toLocaleString("en", { maximumFractionDigits: most });
}

/** Cores or threads: `2`, `1.5`, `0.25`, `64`. */
function cores(value) {
  return decimals(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** A length of time. */
function duration(seconds) {
  const s = Math.abs(seconds);
  if (s === 0) return "0 s";
  if (s < 1e-3) return decimals(s * 1e6, 0) + " µs";
  if (s < 1) return decimals(s * 1e3, s < 0.1 ? 1 : 0) + " ms";
  if (s < 100) return decimals(s, s < 10 ? 2 : 1) + " s";
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** A length of time in at most three digits, where there is little room. */
function brief(seconds) {
  if (seconds < 1) return decimals(seconds * 1e3, 0) + " ms";
  if (seconds < 60) return decimals(seconds, seconds < 10 ? 1 : 0) + " s";
  if (seconds < 5940) return decimals(seconds / 60, seconds < 600 ? 1 : 0) + " min";
  return decimals(seconds / 3600, 1) + " h";
}

/** A moment, as exact as `step` seconds asks for: `12.34 s`, `4:05`, `1:04:05.2`. */
function moment(seconds, step = 0.01) {
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step)));
  if (seconds < 60 && digits > 0) return seconds.toFixed(digits) + " s";
  const scale = 10 ** digits;
  const all = Math.round(seconds * scale) / scale;
  const h = Math.floor(all / 3600);
  const m = Math.floor((all % 3600) / 60);
  const s = (all % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  if (h) return `${h}:${String(m).padStart(2, "0")}:${s}`;
  return all < 60 && !digits ? `${all} s` : `${m}:${s}`;
}

function coreSeconds(value) {
  return decimals(value, value >= 100 ? 0 : value >= 10 ? 1 : 2) + " core-seconds";
}

function percent(share) {
  const value = share * 100;
  return decimals(value, value !== 0 && Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0) + " %";
}

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at += 1; }
  return decimals(value, value < 10 ? 1 : 0) + " " + units[at];
}

function plural(count, one, many = one + "s") {
  return `${decimals(count, 0)} ${count === 1 ? one : many}`;
}

/** A value of the recording that may be unknown: `{known: …}` or `{unknown: reason}`. */
function known(value, show = String) {
  if (value && typeof value === "object" && "known" in value) return show(value.known);
  return `unknown (${value ? value.unknown : "not recorded"})`;
}

function shortName(path) {
  const name = path.split("/").pop();
  return name || path;
}

function cut(text, length) {
  return text.length > length ? text.slice(0, length - 1) + "…" : text;
}
