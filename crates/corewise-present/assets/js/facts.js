// The facts of machine, packages and pools that reproduce a run, the notices, and how the page was made.

function renderFacts(data, box) {
  const { header } = data;
  const interpreters = new Map();
  for (const { interpreter } of data.processes) {
    if (!interpreter) continue;
    const key = JSON.stringify([interpreter.path, interpreter.version]);
    if (!interpreters.has(key)) interpreters.set(key, { ...interpreter, all: new Map() });
    for (const [name, version] of interpreter.packages) interpreters.get(key).all.set(name, version);
  }
  add(box, [
    notices(data),
    block("Machine", pairs([
      ["Processor", known(header.allowed.machine.cpu_model)],
      ["CPUs online", `${range(header.allowed)} (${known(header.allowed.machine.physical_cores, (n) => plural(n, "physical core"))}, ${known(header.allowed.machine.threads_per_core, (n) => `${n} per core`)}, ${known(header.allowed.machine.numa_nodes, (n) => plural(n, "NUMA node"))})`],
      ["Memory", known(header.host.memory, bytes)],
      ["System", known(header.host.system)],
      ["Kernel", `${header.host.kernel} ${header.host.machine}`],
      ["Working directory", code(header.directory)],
      ["corewise", header.corewise],
    ])),
    block("Cores allowed, and why", limits(header.allowed)),
    block("Thread pools", pools(data)),
    block("Environment", environment(header)),
    [...interpreters.values()].map((i) => block(`${i.implementation} ${known(i.version)}`, [
      pairs([["Executable", code(i.path)], ["Python stacks", "known" in i.stacks ? "read" : `not read: ${i.stacks.unknown}`]]),
      i.all.size > 0 && el("ul", { class: "packages" }, [...i.all].sort().map(([name, version]) => el("li", {}, code(name), " ", version))),
    ])),
    block("About this page", el("ul", { class: "plain" }, about(data).map((line) => el("li", {}, line)))),
  ]);
}

function block(title, ...content) {
  return el("section", { class: "block" }, el("h3", {}, title), content);
}

function pairs(rows) {
  return el("dl", { class: "pairs" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function range(allowed) {
  const online = allowed.limits.find((limit) => limit.source === "online");
  return online ? online.detail : "unknown";
}

function table(label, heads, rows) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, el("tr", {}, heads.map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, rows.map((cells) => el("tr", { class: cells.decides && "decides" }, cells.map((cell, i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, cell)))))));
}

function limits(allowed) {
  const rows = allowed.limits.map((limit, i) => {
    const decides = allowed.decided_by.includes(i);
    const row = [cores(limit.cores), LIMIT_WORDS[limit.source], code(limit.detail), code(limit.from), decides ? "decides" : ""];
    row.decides = decides;
    return row;
  });
  const others = allowed.opinions.map((o) => [known(o.cores), code(o.who), o.why]);
  return [table("Limits", ["Cores", "Limit", "What was read", "Where", ""], rows),
    (allowed.gaps ?? []).map((gap) => el("p", { class: "soft" }, gap)),
    others.length > 0 && [el("h4", {}, "What others would say"), table("What others would say", ["Cores", "Who", "Why"], others)]];
}

/** Equal pools of several processes are one row. */
function pools(data) {
  if (!data.pools.length) return el("p", { class: "soft" }, "No thread pool of a known runtime was loaded.");
  const rows = new Map();
  for (const { process, label, distribution, pool } of data.pools) {
    const key = JSON.stringify([label, pool.path, pool.size, pool.maximum]);
    if (!rows.has(key)) rows.set(key, { label, distribution, pool, processes: [] });
    rows.get(key).processes.push(data.processes[process].pid);
  }
  const reach = { each_region: "yes", at_start: "by its size at start only", no: "no", no_threads: "no, it has no threads" };
  return table("Thread pools", ["Pool", "Size", "Most", "Layer", "A limit counts for", "Governed", "Shipped by", "Library", "In"],
    [...rows.values()].map(({ label, distribution, pool, processes }) => [
      label, known(pool.size), known(pool.maximum),
      [known(pool.threading_layer), pool.architecture && `, ${known(pool.architecture)}`],
      { process: "the process", thread: "the calling thread", none: "nothing: single-threaded" }[pool.scope],
      reach[pool.governed],
      distribution ?? known(pool.distribution), code(pool.path),
      processes.length > 3 ? plural(processes.length, "process", "processes") : "PID " + processes.join(", "),
    ]));
}

function environment(header) {
  if (!header.environment.length) return el("p", { class: "soft" }, "No variable that sizes a pool was set.");
  const own = new Set(header.set_by_corewise);
  const script = header.environment.map(([name, value]) => `export ${name}=${quoted(value)}`).join("\n");
  return el("div", { class: "command" }, el("pre", {}, header.environment.map(([name, value]) => [code(`${name}=${value}`), own.has(name) && el("span", { class: "soft" }, "  set by corewise"), "\n"])),
    copyButton(script, "Copy the environment"));
}

function notices(data) {
  if (!data.notices.length) return null;
  return block("Notices of the recorder", el("ul", { class: "notices" }, data.notices.map((n) => el("li", {}, el("span", { class: "soft" }, moment(n.at / 1e9, 0.1), " "), n.text, n.hint && el("span", { class: "hint-line" }, "hint: ", n.hint)))));
}

/** What the page leaves out, said where it can be found. */
function about(data) {
  const { timeline, lanes, samples, header, summary } = data;
  const ms = (seconds) => duration(seconds);
  return [
    `Threads were looked at every ${ms(timeline.tick)}; a point of the timeline is the average over ${ms(timeline.width)}${timeline.coarser > 1 ? `, ${timeline.coarser} looks` : ""}.`,
    `A point of a lane is the average over ${ms(lanes.width)}${lanes.coarser > 1 ? `: the lanes are coarser than the recording, to keep this file small` : ""}, in steps of a fifteenth.`,
    samples.kept > 1 ? `One in ${samples.kept} looks at the Python stacks is kept, to keep this file small. The table of functions counts all of them.` : `Every look at the Python stacks is kept; up to ${decimals(header.stack_rate, 1)} a second were asked for.`,
    "Where a point of the screen stands for many looks, layers and lanes are averages; the faint shade above the layers reaches up to the greatest of them.",
    summary.governed && "Cores held are what the session's table said at the moment of each look: parallel regions that are shorter than the distance of two looks are seen by chance, in proportion to their length.",
    "Run-queue delay is put where the thread must have waited; the kernel tells it only when the wait ends.",
    `Recorder's own CPU time: ${known(summary.recorder, (ns) => duration(ns / 1e9))}. CPU time of threads that were seen: ${duration(summary.accounting.attributed / 1e9)}; of threads too short to see: ${duration(summary.accounting.unattributed / 1e9)}; charged by the kernel: ${known(summary.accounting.charged, (ns) => duration(ns / 1e9))}.`,
  ].filter(Boolean);
}
