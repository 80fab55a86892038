//! `corewise report` on recordings that are sound, cut, foreign, and on outputs that cannot be.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use corewise_model::Runtime;
use corewise_model::codec::{MAGIC, encode_frame};
use corewise_model::scenario::Scenario;
use tempfile::TempDir;

fn scenario() -> Scenario {
    let mut s = Scenario::new(2.0, 12.0);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let frames = ["fit /home/user/model.py:3", "<module> /home/user/train.py:7"];
    s.stack(s.main(s.root()), 0.0..12.0, &frames, corewise_model::Gil::Holds);
    s.busy(s.main(s.root()), 0.0..12.0);
    for thread in s.pool_threads(pool, 1) {
        s.busy(thread, 2.0..10.0).run(0.5);
    }
    s
}

/// A folder with `run.corewise`.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.corewise");
    fs::write(&file, scenario().bytes(50)).unwrap();
    (folder, file)
}

fn corewise(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corewise"))
        .current_dir(folder)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .arg("report")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The command fails with this status, one `error:` line that contains `message`, and a hint.
fn fails(output: &Output, status: i32, message: &str) {
    let talk = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{talk}");
    assert!(talk.starts_with("error: "), "{talk}");
    assert!(talk.lines().next().unwrap().contains(message), "{talk}");
    assert!(talk.lines().skip(1).all(|line| line.starts_with("hint: ")), "{talk}");
    assert_eq!(stdout(output), "");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_sound_recording_is_told_on_stdout() {
    let (folder, _) = folder();
    let output = corewise(folder.path(), &["run.corewise"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
    assert!(
        stdout(&output).starts_with("corewise  python3 train.py\n          12.0 s, exit status 0")
    );
    assert!(!stdout(&output).contains('\x1b'));
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let (folder, file) = folder();
    let output = Command::new(env!("CARGO_BIN_EXE_corewise"))
        .args(["report", "-"])
        .current_dir(folder.path())
        .stdin(fs::File::open(file).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), stdout(&corewise(folder.path(), &["run.corewise"])));
}

#[test]
fn an_ascii_locale_gets_ascii() {
    let (folder, _) = folder();
    let output = Command::new(env!("CARGO_BIN_EXE_corewise"))
        .args(["report", "run.corewise"])
        .current_dir(folder.path())
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.stdout.is_ascii() && !output.stdout.is_empty());
}

#[test]
fn a_cut_recording_tells_what_there_is() {
    let (folder, file) = folder();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let output = corewise(folder.path(), &["run.corewise"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("The recording was cut off after "), "{}", stdout(&output));
    let output = corewise(folder.path(), &["run.corewise", "--json", "out.json"]);
    assert!(stderr(&output).starts_with("note: the recording was cut off after "));
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(json["recording"]["complete"], false);
}

#[test]
fn every_length_of_a_cut_recording_is_reported_or_refused() {
    let (folder, file) = folder();
    let bytes = fs::read(&file).unwrap();
    for part in 0..40 {
        fs::write(&file, &bytes[..bytes.len() * part / 40]).unwrap();
        let output = corewise(folder.path(), &["run.corewise"]);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 65)), "{part}: {code:?} {}", stderr(&output));
    }
}

#[test]
fn a_missing_file_names_the_recordings_that_are_there() {
    let (folder, _) = folder();
    let output = corewise(folder.path(), &["ran.corewise"]);
    fails(&output, 66, "ran.corewise does not exist");
    assert!(stderr(&output).contains("run.corewise"));
    fails(&corewise(folder.path(), &["run.corewise/x"]), 66, "does not exist");
}

#[test]
fn a_directory_is_no_recording() {
    let (folder, _) = folder();
    let output = corewise(folder.path(), &["."]);
    fails(&output, 65, "is a directory");
    assert!(stderr(&output).contains("run.corewise"));
}

#[test]
fn a_foreign_file_is_refused() {
    let (folder, file) = folder();
    fs::write(&file, b"\x7fELF and so on").unwrap();
    fails(&corewise(folder.path(), &["run.corewise"]), 65, "this is no corewise recording");
    fs::write(&file, b"").unwrap();
    fails(&corewise(folder.path(), &["run.corewise"]), 65, "is empty");
}

#[test]
fn a_newer_recording_says_what_to_upgrade() {
    let (folder, file) = folder();
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&99u32.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    let output = corewise(folder.path(), &["run.corewise"]);
    fails(&output, 65, "format version 99");
    assert!(stderr(&output).contains("pip install --upgrade corewise"));
}

#[test]
fn a_damaged_recording_is_refused() {
    let (folder, file) = folder();
    let mut bytes = corewise_model::codec::preamble();
    bytes.extend_from_slice(&encode_frame(&scenario().entries()[1..3]).unwrap());
    fs::write(&file, bytes).unwrap();
    fails(&corewise(folder.path(), &["run.corewise"]), 65, "damaged");
}

#[test]
fn a_name_that_would_act_on_the_terminal_is_escaped() {
    let (folder, _) = folder();
    let output = corewise(folder.path(), &["\x1b[2Jx\n"]);
    fails(&output, 66, r"\x1b[2Jx\n");
}

#[test]
fn several_exports_are_written_at_once() {
    let (folder, _) = folder();
    let arguments = [
        "run.corewise",
        "--html=a.html",
        "--json=a.json",
        "--speedscope=b.json",
        "--chrome-trace=c.json",
        "--firefox=d.json",
    ];
    let output = corewise(folder.path(), &arguments);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), String::new()));
    assert!(fs::read(folder.path().join("a.html")).unwrap().starts_with(b"<!doctype html>"));
    assert_eq!(
        names(folder.path()),
        ["a.html", "a.json", "b.json", "c.json", "d.json", "run.corewise"]
    );
    for name in ["a.json", "b.json", "c.json", "d.json"] {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
    }
}

#[test]
fn json_without_a_file_goes_to_stdout() {
    let (folder, _) = folder();
    for arguments in [["run.corewise", "--json"], ["run.corewise", "--json=/dev/stdout"]] {
        let output = corewise(folder.path(), &arguments);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(names(folder.path()), ["run.corewise"]);
    }
}

#[test]
fn an_output_that_cannot_be_leaves_nothing_behind() {
    let (folder, _) = folder();
    fs::create_dir(folder.path().join("there")).unwrap();
    let of = |out: &str| corewise(folder.path(), &["run.corewise", "--json", out]);
    fails(&of("there"), 73, "there: it is a directory");
    fails(&of("new/"), 73, "is a directory");
    fails(&of("nowhere/out.json"), 73, "there is no folder nowhere");
    fails(&of(""), 73, "is a directory");
    fails(&of("/dev/full"), 74, "No space left on device");
    fails(&of("run.corewise"), 64, "is the recording itself");
    let both = ["run.corewise", "--json=x", "--firefox=./x"];
    fails(&corewise(folder.path(), &both), 64, "two exports cannot both go to");
    assert_eq!(names(folder.path()), ["run.corewise", "there"]);
}

#[test]
fn a_full_disk_is_named_for_text_too() {
    let (folder, _) = folder();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["report", "run.corewise"][..], &["report", "run.corewise", "--json"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_corewise"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        fails(&output, 74, "No space left on device");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let (folder, _) = folder();
    for arguments in [&["report", "run.corewise"][..], &["report", "run.corewise", "--firefox"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_corewise"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    }
}

#[test]
fn an_existing_file_keeps_its_mode_and_a_link_its_target() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, _) = folder();
    let real = folder.path().join("real.json");
    fs::File::create(&real).unwrap().write_all(b"old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", folder.path().join("link.json")).unwrap();
    let output = corewise(folder.path(), &["run.corewise", "--json", "link.json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(fs::symlink_metadata(folder.path().join("link.json")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read(&real).unwrap().starts_with(b"{"));
}

#[test]
fn a_fifo_is_written_into() {
    let (folder, _) = folder();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read(fifo).unwrap()
    });
    let output = corewise(folder.path(), &["run.corewise", "--json", "fifo"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(reader.join().unwrap().starts_with(b"{"));
}
