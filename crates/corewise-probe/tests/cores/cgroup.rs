//! A real cgroup with a quota, made and removed by the test.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use corewise_model::{Allowed, LimitSource, Pid};
use corewise_probe::{World, cores::allowed};

/// A cgroup that disappears with its processes when the test ends, however it ends.
struct Group {
    folder: PathBuf,
    v2: bool,
}

impl Group {
    /// Makes a group below `parent`, with a quota in microseconds of 100 ms or without one.
    fn make(parent: &Path, name: &str, quota: Option<u32>) -> io::Result<Self> {
        let v2 = parent.join("cgroup.controllers").exists();
        let folder = parent.join(name);
        fs::create_dir(&folder)?;
        let group = Self { folder, v2 };
        match quota {
            Some(quota) if v2 => {
                fs::write(group.folder.join("cpu.max"), format!("{quota} 100000"))?;
            }
            Some(quota) => fs::write(group.folder.join("cpu.cfs_quota_us"), quota.to_string())?,
            None => {}
        }
        Ok(group)
    }

    fn enter(&self, process: &Child) {
        fs::write(self.folder.join("cgroup.procs"), process.id().to_string()).unwrap();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let removed = fs::remove_dir(&self.folder);
        assert!(
            removed.is_ok() || std::thread::panicking(),
            "{}: {removed:?}",
            self.folder.display()
        );
    }
}

/// A child that is ended and waited for when the test ends.
struct Burner(Child);

impl Burner {
    /// Starts a shell that waits for a line, then burns CPU and says so.
    fn start() -> Self {
        let script = "echo ready; read go; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; \
                      echo done; read end";
        let child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn say(&mut self, word: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{word}").unwrap();
    }
}

impl Drop for Burner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where this process may make groups with a CPU quota: its own v1 `cpu` group or unified group.
fn parent() -> Result<PathBuf, String> {
    let candidates = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"];
    let suits = |folder: &str| {
        let enabled = fs::read_to_string(Path::new(folder).join("cgroup.subtree_control"));
        let v1 = Path::new(folder).join("cpu.cfs_quota_us").exists();
        v1 || enabled.is_ok_and(|names| names.split_whitespace().any(|name| name == "cpu"))
    };
    let found = candidates.into_iter().find(|folder| suits(folder));
    found.map(PathBuf::from).ok_or_else(|| "no cpu controller is mounted for use".to_owned())
}

/// The parent, or `None` after saying on stderr, past the test harness's capture, why the test is
/// skipped.
fn parent_or_skip(test: &str) -> Option<PathBuf> {
    let probe = parent().and_then(|parent| {
        Group::make(
            &parent,
            &format!("corewise-probe-{}-{test}", std::process::id()),
            Some(100_000),
        )
        .map(|_| parent.clone())
        .map_err(|error| format!("cannot make a cgroup in {}: {error}", parent.display()))
    });
    match probe {
        Ok(parent) => Some(parent),
        Err(reason) => {
            let _ = writeln!(io::stderr(), "SKIPPED cgroup::{test}: {reason}");
            None
        }
    }
}

fn ask(process: &Burner) -> Allowed {
    allowed(&World::system(), Some(Pid(process.0.id()))).unwrap()
}

fn quotas(answer: &Allowed) -> Vec<(f64, String)> {
    let quotas = answer.limits.iter().filter(|limit| limit.source == LimitSource::Quota);
    quotas.map(|limit| (limit.cores.0, limit.from.clone())).collect()
}

#[test]
fn a_quota_limits_and_throttling_is_counted() {
    let Some(parent) = parent_or_skip("a_quota_limits_and_throttling_is_counted") else { return };
    let group =
        Group::make(&parent, &format!("corewise-{}", std::process::id()), Some(30_000)).unwrap();
    let mut burner = Burner::start();
    let mut lines = BufReader::new(burner.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");

    let before = quotas(&ask(&burner));
    group.enter(&burner.0);
    let answer = ask(&burner);
    let own = group.folder.to_str().unwrap();
    let added: Vec<_> = quotas(&answer).into_iter().filter(|q| !before.contains(q)).collect();
    assert_eq!(added.len(), 1, "{answer:?}");
    assert!((added[0].0 - 0.3).abs() < 1e-9 && added[0].1.starts_with(own), "{added:?}");
    assert!((answer.cores.0 - 0.3).abs() < 1e-9, "{answer:?}");
    assert_eq!(answer.threads, 1);
    let counters = |answer: &Allowed| {
        answer.throttling.iter().find(|group| group.path == own).cloned().unwrap()
    };
    let idle = counters(&answer);

    burner.say("go");
    assert_eq!(lines.next().unwrap().unwrap(), "done");
    let busy = counters(&ask(&burner));
    assert!(busy.periods > idle.periods, "{idle:?} {busy:?}");
    assert!(busy.throttled_periods > idle.throttled_periods, "{idle:?} {busy:?}");
    assert!(busy.throttled > idle.throttled, "{idle:?} {busy:?}");
}

#[test]
fn a_group_above_decides() {
    let Some(parent) = parent_or_skip("a_group_above_decides") else { return };
    let name = format!("corewise-outer-{}", std::process::id());
    let outer = Group::make(&parent, &name, Some(50_000)).unwrap();
    if outer.v2 {
        fs::write(outer.folder.join("cgroup.subtree_control"), "+cpu").unwrap();
    }
    let inner = Group::make(&outer.folder, "inner", None).unwrap();
    let burner = Burner::start();
    let outside = quotas(&ask(&burner));
    inner.enter(&burner.0);

    let answer = ask(&burner);
    let added: Vec<_> = quotas(&answer).into_iter().filter(|q| !outside.contains(q)).collect();
    assert_eq!(added.len(), 1, "{answer:?}");
    assert!(added[0].1.starts_with(outer.folder.to_str().unwrap()), "{added:?}");
    assert!((answer.cores.0 - 0.5).abs() < 1e-9, "{answer:?}");
}
