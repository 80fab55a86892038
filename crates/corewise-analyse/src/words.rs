//! Figures and nouns in a user's own words.

use corewise_model::{Cores, Frame, Nanos, ProcessId, Recording, Runtime, StartMethod};

/// `1 thread`, `3 threads`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `1 core`, `1.5 cores`.
pub(crate) fn cores(cores: Cores) -> String {
    let text = cores.to_string();
    if text == "1" { "1 core".to_owned() } else { format!("{text} cores") }
}

/// `0.25 s`, `3.1 s`, `75 s`: three figures are more than a measurement is worth.
pub(crate) fn seconds(time: Nanos) -> String {
    let s = time.as_secs_f64();
    if s < 0.995 {
        format!("{s:.2} s")
    } else if s < 99.95 {
        format!("{s:.1} s")
    } else {
        format!("{s:.0} s")
    }
}

/// `2.3`, `16`.
pub(crate) fn figure(value: f64) -> String {
    if value < 9.95 {
        let text = format!("{value:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    } else {
        format!("{value:.0}")
    }
}

/// `40 %`.
pub(crate) fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The first few of many, and how many there are beside.
pub(crate) fn first_of(items: &[String], most: usize) -> String {
    if items.len() <= most {
        return listed(items);
    }
    let mut shown = items[..most].to_vec();
    shown.push(format!("{} more", items.len() - most));
    listed(&shown)
}

/// What users call the threads of a runtime.
pub(crate) fn kind(runtime: Runtime) -> String {
    match runtime {
        Runtime::Libgomp | Runtime::Libomp | Runtime::Libiomp5 => "OpenMP".to_owned(),
        Runtime::NumbaOmp | Runtime::NumbaTbb | Runtime::NumbaWorkqueue => "Numba".to_owned(),
        other => other.to_string(),
    }
}

/// What users call the processes that were started so.
pub(crate) fn workers(method: StartMethod) -> &'static str {
    match method {
        StartMethod::Root => "process",
        StartMethod::Fork => "forked process",
        StartMethod::Spawn => "spawned process",
        StartMethod::ForkServer => "forkserver process",
        StartMethod::Loky => "loky worker",
        StartMethod::Dask => "Dask worker",
        StartMethod::Tracker => "helper process",
        StartMethod::Subprocess => "subprocess",
    }
}

/// `4 loky workers`, `2 forked processes`.
pub(crate) fn workers_counted(number: u64, method: StartMethod) -> String {
    match workers(method) {
        noun if number != 1 && noun.ends_with("process") => format!("{number} {noun}es"),
        noun => count(number, noun),
    }
}

/// `1 process`, `4 processes`.
pub(crate) fn processes(number: usize) -> String {
    if number == 1 { "1 process".to_owned() } else { format!("{number} processes") }
}

/// `loky worker 4711`.
pub(crate) fn process(recording: &Recording, id: ProcessId) -> String {
    match recording.processes.get(id.index()) {
        Some(process) => format!("{} {}", workers(process.method), process.pid),
        None => "a process".to_owned(),
    }
}

/// `fit (forest.py:10)`.
pub(crate) fn frame(frame: &Frame) -> String {
    let mut parts = frame.file.rsplit('/');
    let mut file = parts.next().unwrap_or_default().to_owned();
    if file == "__init__.py"
        && let Some(folder) = parts.next()
    {
        file = format!("{folder}/{file}");
    }
    if frame.line == 0 {
        format!("{} ({file})", frame.function)
    } else {
        format!("{} ({file}:{})", frame.function, frame.line)
    }
}

/// What to type to have a variable set for the program, as `NAME=value`: the command line with it
/// in front, as a shell takes it.
pub(crate) fn with_variable(setting: &str, command: &[String]) -> String {
    if is_kernel(command) {
        return format!("%env {setting}  # in the first cell, after a restart of the kernel");
    }
    match shell(command) {
        Some(command) => format!("{setting} {command}"),
        None => format!("export {setting}"),
    }
}

/// What to type to have the program governed.
pub(crate) fn govern(command: &[String]) -> Option<String> {
    if is_kernel(command) {
        return Some("corewise.govern()".to_owned());
    }
    shell(command).map(|command| format!("corewise run -- {command}"))
}

/// Whether it is the kernel of a notebook, which nobody starts by typing its command line.
pub(crate) fn is_kernel(command: &[String]) -> bool {
    command.iter().skip(1).take(4).any(|word| {
        let name = word.rsplit('/').next().unwrap_or_default();
        name.starts_with("ipykernel") || name.starts_with("colab_kernel_launcher")
    })
}

/// A command line as a shell takes it; none that nobody would type.
pub(crate) fn shell(command: &[String]) -> Option<String> {
    let quoted: Vec<String> = command
        .iter()
        .map(|argument| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                argument.clone()
            } else {
                format!("'{}'", argument.replace('\'', r"'\''"))
            }
        })
        .collect();
    let text = quoted.join(" ");
    (!text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_english() {
        assert_eq!(workers_counted(2, StartMethod::Fork), "2 forked processes");
        assert_eq!(workers_counted(1, StartMethod::Fork), "1 forked process");
        assert_eq!(workers_counted(4, StartMethod::Loky), "4 loky workers");
        assert_eq!(workers_counted(3, StartMethod::Subprocess), "3 subprocesses");
        assert_eq!([cores(Cores(1.0)), cores(Cores(1.5))], ["1 core", "1.5 cores"]);
    }

    #[test]
    fn figures_have_no_false_precision() {
        assert_eq!([2.0, 2.34, 9.96, 63.7].map(figure), ["2", "2.3", "10", "64"]);
        let time = [250, 3140, 75_400, 754_321].map(|ms| seconds(Nanos::from_millis(ms)));
        assert_eq!(time, ["0.25 s", "3.1 s", "75.4 s", "754 s"]);
        assert_eq!(first_of(&["a", "b", "c"].map(str::to_owned), 1), "a and 2 more");
    }

    #[test]
    fn a_command_line_survives_the_shell() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let of = |list: &[&str]| with_variable("N=1", &words(list));
        assert_eq!(of(&["python3", "a b.py", "it's"]), r"N=1 python3 'a b.py' 'it'\''s'");
        assert_eq!(of(&["x", "\x1b[2J"]), "export N=1");
        assert_eq!(of(&["x", &"y".repeat(300)]), "export N=1");
        assert_eq!(of(&[]), "export N=1");
    }

    #[test]
    fn in_a_notebook_nobody_types_the_command_of_its_kernel() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let kernel = words(&["/bin/python", "-m", "ipykernel_launcher", "-f", "/run/k.json"]);
        assert_eq!(govern(&kernel).as_deref(), Some("corewise.govern()"));
        assert!(with_variable("N=1", &kernel).starts_with("%env N=1 "));
        let program = words(&["python", "ipykernel/x.py"]);
        assert_eq!(govern(&program).as_deref(), Some("corewise run -- python ipykernel/x.py"));
    }

    #[test]
    fn frames_name_their_package() {
        let of = |file: &str, line| {
            frame(&Frame { function: "f".to_owned(), file: file.to_owned(), line })
        };
        assert_eq!(of("/a/b/c.py", 3), "f (c.py:3)");
        assert_eq!(of("/a/b/__init__.py", 0), "f (b/__init__.py)");
    }
}
