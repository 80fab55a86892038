// The head of the page: what ran, for how long, on how many cores and why, how many it used.

const LIMIT_WORDS = {
  online: "CPUs that are online", affinity: "the affinity mask", cpuset: "a cpuset", quota: "a CPU quota",
  batch_system: "the batch system", environment: "an environment variable",
};

function renderHeader(data, box, theme) {
  const { header, summary } = data;
  const command = header.command.length ? header.command.map(quoted).join(" ") : data.title;
  const started = new Date(header.started_unix / 1e6);
  add(box, [
    el("div", { class: "brand" },
      icon("M1 3h3v10H1zM6 1h3v14H6zM11 5h3v6h-3z", "brand"), el("b", {}, "corewise"),
      el("span", { class: "soft" }, isNaN(started) ? "" : started.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })),
      el("span", { class: "spring" }), theme),
    el("div", { class: "what" },
      el("h1", {}, code(cut(command, 300), { title: cut(command, 1500) })),
      copyButton(command, "Copy the command")),
    el("p", { class: "under" }, [
      { record: "recorded", attach: "attached to while it ran", run: summary.governed ? "governed by corewise" : "run with pools sized by corewise" }[header.mode],
      data.ended, plural(summary.processes, "process", "processes"), plural(summary.threads, "thread"),
      header.host.machine + ", " + header.host.kernel,
    ].filter(Boolean).join(" · ")),
    !data.complete && el("p", { class: "problem" }, "This recording did not end in order: the recorder was stopped or the file is cut. It shows what was recorded until then."),
    figures(data),
    el("p", { class: "why" }, why(data)),
    summary.governed && el("p", { class: "why" }, governed(summary.governed)),
  ]);
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function why({ header, summary }) {
  const decided = summary.decided_by;
  // Where several agree, their names say enough; the table below has what each says.
  const limits = decided.length === 1 ? [`${LIMIT_WORDS[decided[0].source]} (${decided[0].detail})`] : [...new Set(decided.map((limit) => LIMIT_WORDS[limit.source]))];
  const online = header.allowed.limits[0];
  const beside = online && online.cores > summary.allowed ? ` of a machine with ${cores(online.cores)} CPUs` : "";
  return `${cores(summary.allowed)} ${summary.allowed === 1 ? "core" : "cores"} allowed${beside}: ${listed(limits) || "the reason was not recorded"}.`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function figures({ summary, allowed }) {
  const used = summary.cores_used;
  const wait = summary.wait / 1e9;
  const tile = (name, value, note, extra) => el("div", { class: "figure" }, el("dt", {}, name), el("dd", {}, el("span", { class: "value" }, value), note && el("span", { class: "note" }, note), extra));
  const meter = el("span", { class: "meter", role: "img", "aria-label": `${percent(used / allowed)} of the allowed cores` },
    el("span", { style: { width: `${Math.min(100, (used / allowed) * 100)}%` } }));
  return el("dl", { class: "figures" },
    tile("Wall time", duration(summary.wall / 1e9)),
    tile("Cores used", cores(used), `of ${cores(allowed)} allowed, on average`, meter),
    tile("Runnable threads", cores(summary.runnable), "on average"),
    tile("Waiting for a core", duration(wait), "summed over threads"),
    tile("CPU time", duration(summary.cpu / 1e9), accounting(summary.accounting)),
    "known" in summary.recorder_cores
      ? tile("Recorder", percent(summary.recorder_cores.known), "of one core")
      : tile("Recorder", "unknown", summary.recorder_cores.unknown));
}

/** What the governor did, in the words of the summary. */
function governed({ budget: [least, most], deterministic, regions, withheld, held, held_most: peak, outside, processes }) {
  const budget = least === most ? plural(most, "core") : `${cores(least)} to ${cores(most)} cores`;
  const parts = [`Governed with a budget of ${budget}${deterministic ? ", thread counts fixed" : ""}`];
  if (!processes.length) return `${parts[0]}; no process of the program joined the session.`;
  parts.push(`${plural(regions, "parallel region")} in ${plural(processes.length, "process", "processes")}, ${plural(withheld, "thread")} withheld`);
  parts.push(`${cores(held)} cores held on average, ${cores(peak)} at most`);
  if (outside >= 0.05) parts.push(`${cores(outside)} held by other programs in the session`);
  return `${parts.join("; ")}.`;
}

function accounting({ error, charged }) {
  if ("known" in error && Math.abs(error.known) < 0.005) return "as the kernel counts it";
  if ("known" in error) return `${percent(Math.abs(error.known))} ${error.known >= 0 ? "above" : "below"} the kernel's own count`;
  return "known" in charged ? null : "the kernel's own count is unknown";
}

/** Light, dark, or as the system has it. */
function themeButton(onChange) {
  const root = document.documentElement;
  const order = ["system", "light", "dark"];
  const words = el("span", {}, "System");
  const button = el("button", { class: "tool theme", type: "button" }, icon("M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0-14M8 3v10a5 5 0 0 1 0-10", "theme"), words);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = (choice) => {
    root.dataset.theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    words.textContent = choice[0].toUpperCase() + choice.slice(1);
    button.setAttribute("aria-label", `Colours: ${choice}. Change`);
    button.dataset.choice = choice;
    onChange();
  };
  button.addEventListener("click", () => set(order[(order.indexOf(button.dataset.choice) + 1) % 3]));
  dark.addEventListener("change", () => set(button.dataset.choice));
  return { button, set };
}
