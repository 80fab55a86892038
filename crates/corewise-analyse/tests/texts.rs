//! Whole findings as a reader meets them.

use std::fmt::Write;

use corewise_analyse::findings;
use corewise_model::scenario::Scenario;
use corewise_model::{Gil, Role, Runtime, StartMethod, ThreadId};

const SITE: &str = "/venv/lib/python3.11/site-packages";

fn text(scenario: &Scenario) -> String {
    let mut text = String::new();
    for finding in findings(&scenario.recording()) {
        let mut line = |line: String| {
            let _ = writeln!(text, "{line}");
        };
        line(format!("{} {}: {}", finding.code, finding.severity, finding.title));
        for e in finding.evidence {
            line(format!("  - {}", e.text));
            for m in e.measures {
                line(format!("      {} = {:.1} {}", m.name, m.value, m.unit));
            }
        }
        line(format!("  cost {} ({})", finding.cost.lost, finding.cost.how));
        for fix in finding.fixes {
            line(format!("  fix {}: {}", fix.text, fix.command.unwrap_or_default()));
        }
    }
    text
}

#[test]
fn workers_times_threads() {
    let mut s = Scenario::new(2.0, 20.0).of_machine(16);
    for _ in 0..4 {
        let worker = s.process(s.root(), StartMethod::Loky, 0.5);
        let pool = s.pool(worker, Runtime::Libgomp, 16);
        let mut threads = s.pool_threads(pool, 15);
        threads.push(s.main(worker));
        for thread in threads {
            s.busy(thread, 2.0..18.0).run(0.03).wait(0.96);
            s.native(thread, 2.0..18.0, 10, 0.6);
        }
        let grow = format!("grow {SITE}/sklearn/ensemble/_hist_gradient_boosting/grower.py:320");
        s.stack(s.main(worker), 2.0..18.0, &[&grow, "fit train.py:12"], Gil::Free);
    }
    s.throttled(2.0..18.0, 0.4);
    insta::assert_snapshot!(text(&s));
}

#[test]
fn a_serial_search() {
    let mut s = Scenario::new(8.0, 60.0);
    let main = s.main(s.root());
    s.busy(main, 1.0..59.0);
    let search = format!("fit {SITE}/sklearn/model_selection/_search.py:1000");
    let fit = format!("fit {SITE}/sklearn/ensemble/_gb.py:700");
    s.stack(main, 1.0..40.0, &[&fit, &search, "<module> train.py:30"], Gil::Holds);
    s.stack(main, 40.0..59.0, &["clean train.py:8", "<module> train.py:20"], Gil::Holds);
    insta::assert_snapshot!(text(&s));
}

#[test]
fn threads_that_want_the_gil() {
    let mut s = Scenario::new(4.0, 10.0);
    for k in 0..4 {
        let thread = s.thread(s.root(), Role::Python, 0.0);
        s.busy(thread, 0.0..10.0).run(0.25);
        let gil = if k == 0 { Gil::Holds } else { Gil::Waits };
        s.stack(thread, 0.0..10.0, &["work gil_fight.py:13"], gil);
    }
    insta::assert_snapshot!(text(&s));
}

#[test]
fn a_forked_pool_and_a_shared_stream() {
    let mut s = Scenario::new(2.0, 30.0);
    let pool = s.pool(s.root(), Runtime::Libgomp, 2);
    s.pool_threads(pool, 1);
    for _ in 0..2 {
        let child = s.process(s.root(), StartMethod::Fork, 2.0);
        s.busy(s.main(child), 2.0..2.2);
        s.bit_generator(child, "MT19937", 4, true);
    }
    insta::assert_snapshot!(text(&s));
}

#[test]
fn a_pool_that_spins_for_small_calls() {
    let mut s = Scenario::new(2.0, 10.0);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let thread = s.pool_threads(pool, 1)[0];
    for thread in [ThreadId(0), thread] {
        s.busy(thread, 0.5..10.0);
        s.native(thread, 0.5..10.0, 50, 0.5);
    }
    s.stack(ThreadId(0), 0.5..10.0, &["<module> tiny.py:14"], Gil::Free);
    insta::assert_snapshot!(text(&s));
}
