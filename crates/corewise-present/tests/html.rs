//! The HTML page as a whole; `tests/test_html.py` drives it in a browser.

use corewise_model::codec::decode;
use corewise_model::scenario::Scenario;
use corewise_model::{Gil, Runtime};
use corewise_present::html;

fn scenario() -> Scenario {
    let mut s = Scenario::new(2.0, 10.0).of_machine(16);
    s.interpreter(s.root(), &[("numpy", "2.3.4")]);
    let main = s.main(s.root());
    s.busy(main, 0.0..9.0);
    s.stack(main, 0.0..9.0, &["fit train.py:3"], Gil::Holds);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 16);
    for thread in s.pool_threads(pool, 15) {
        s.busy(thread, 2.0..8.0).run(0.1).wait(0.8);
    }
    s
}

#[test]
fn live_and_from_file_are_the_same_page() {
    let s = scenario();
    let live = html(&s.recording(), &[]).unwrap();
    let file = html(&decode(&s.bytes(100)).unwrap(), &[]).unwrap();
    assert_eq!(live, file);
}

#[test]
fn nothing_of_the_program_is_markup_but_its_title() {
    let mut s = scenario();
    s.header.command = vec!["<b>&\"'".to_owned()];
    s.notice("<script>alert(1)</script>", None);
    let page = html(&s.recording(), &[]).unwrap();
    let plain = html(&scenario().recording(), &[]).unwrap();
    assert!(page.contains("<title>&lt;b&gt;&amp;&quot;&#39; · corewise</title>"));
    assert_eq!(page.matches('<').count(), plain.matches('<').count());
}

#[test]
fn the_policy_allows_the_own_blocks_alone() {
    let page = html(&scenario().recording(), &[]).unwrap();
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    let policy = policy.split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(page.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
}

#[test]
fn a_short_recording_is_a_small_page() {
    let page = html(&scenario().recording(), &[]).unwrap();
    assert!(page.len() < 250_000, "{} bytes", page.len());
}
