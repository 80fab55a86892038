//! The facts that reproduce a run.

use std::collections::BTreeSet;

use corewise_model::{Known, Recording};

use super::page::Page;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording) {
    let header = &recording.header;
    let host = &header.host;
    page.blank();
    let mut facts = vec![format!("{} {}", host.kernel, host.machine)];
    facts.extend(host.system.get().cloned());
    facts.extend(header.allowed.machine.cpu_model.get().cloned());
    if let Known::Known(bytes) = host.memory {
        facts.push(format!("{:.1} GiB of memory", bytes as f64 / f64::from(1 << 30)));
    }
    page.labelled("Machine", &facts.join(", "));
    let mut interpreters = BTreeSet::new();
    let mut packages = BTreeSet::new();
    for interpreter in recording.processes.iter().filter_map(|p| p.interpreter.as_ref()) {
        let version = interpreter.version.to_string();
        interpreters
            .insert(format!("{} {version} ({})", interpreter.implementation, interpreter.path));
        packages.extend(interpreter.packages.iter().map(|(name, v)| format!("{name} {v}")));
    }
    if !interpreters.is_empty() {
        page.labelled("Python", &Vec::from_iter(interpreters).join(", "));
    }
    if !packages.is_empty() {
        page.labelled("", &Vec::from_iter(packages).join(", "));
    }
    if !header.environment.is_empty() {
        let environment: Vec<String> =
            header.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        page.labelled("Variables", &environment.join(" "));
    }
    page.labelled(
        "Recorded",
        &format!(
            "by corewise {}, threads {} and Python stacks {} times a second",
            header.corewise, header.rate, header.stack_rate
        ),
    );
}
