//! How long the analysis of an hour of 64 busy threads at 50 Hz takes, with all that is recorded
//! beside them: `cargo run --release -p corewise-analyse --example hour [MINUTES]`.

use std::io::{self, Write};
use std::time::Instant;

use corewise_model::scenario::Scenario;
use corewise_model::{Gil, Runtime, StartMethod};

fn main() -> io::Result<()> {
    let minutes = std::env::args().nth(1).and_then(|m| m.parse().ok()).unwrap_or(60.0);
    let seconds = minutes * 60.0;
    let mut s = Scenario::new(2.0, seconds).of_machine(16);
    for _ in 0..4 {
        let worker = s.process(s.root(), StartMethod::Loky, 0.0);
        let pool = s.pool(worker, Runtime::Libgomp, 16);
        let mut threads = s.pool_threads(pool, 15);
        threads.push(s.main(worker));
        for thread in threads {
            s.busy(thread, 0.0..seconds).run(0.03).wait(0.9).slices(900.0);
            s.native(thread, 0.0..seconds, 20, 0.4);
        }
        s.stack(s.main(worker), 0.0..seconds, &["fit train.py:3"], Gil::Free);
    }
    let recording = s.recording();
    let ticks = recording.ticks.len();
    let begun = Instant::now();
    let activity = corewise_analyse::activity(&recording);
    let spread = begun.elapsed();
    let findings = corewise_analyse::findings_of(&recording, &activity);
    let found = begun.elapsed();
    let _ = corewise_analyse::summary(&recording);
    let all = begun.elapsed();
    let mut out = io::stdout();
    writeln!(out, "{ticks} ticks of {} threads", recording.threads.len())?;
    writeln!(
        out,
        "activity {spread:.2?}, findings {:.2?}, summary {:.2?}",
        found.saturating_sub(spread),
        all.saturating_sub(found)
    )?;
    for finding in findings {
        writeln!(out, "{} {}: {}", finding.code, finding.severity, finding.title)?;
    }
    Ok(())
}
