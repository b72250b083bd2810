//! Several processes at once on one directory, and processes that are killed.

mod common;

use common::*;
use pyaot_cache::{Key, Kind, Miss, Options, PutError, Store};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PROCESSES: u64 = 6;
const ROUNDS: u64 = 150;
const KEYS: u64 = 4;

/// Bytes that show if they are not from one writer: length and content follow from the first.
fn payload(seed: u8, large: bool) -> Vec<u8> {
    vec![seed; 100 + usize::from(seed) * if large { 4099 } else { 13 }]
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(&seed) = bytes.first() else {
        return false;
    };
    bytes == payload(seed, false) || bytes == payload(seed, true)
}

fn checked(store: &Store, key: &Key) -> bool {
    match store.get(Kind::Image, key) {
        Ok(bytes) => {
            assert!(is_whole(&bytes), "torn: {} bytes", bytes.len());
            true
        }
        Err(miss) => {
            assert_eq!(miss, Miss::Absent);
            false
        }
    }
}

fn lines(profile: Option<Vec<u8>>) -> BTreeSet<String> {
    let profile = String::from_utf8(profile.unwrap_or_default()).unwrap();
    profile.lines().map(str::to_owned).collect()
}

/// Adds a line, trying again while others hold the lock.
fn learn(store: &Store, key: &Key, line: String) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let result = store.update(key, |old| {
            let mut all = lines(old);
            all.insert(line.clone());
            all.into_iter().collect::<Vec<_>>().join("\n").into_bytes()
        });
        match result {
            Ok(()) => return,
            Err(PutError::LockBusy) if Instant::now() < until => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// What the other processes of this file do.
#[test]
fn child() {
    let Some((role, dir, arg)) = role() else {
        return;
    };
    match role.as_str() {
        "racer" => {
            let me: u64 = arg.parse().unwrap();
            let store = open(&dir);
            for round in 0..ROUNDS {
                let n = (round + me) % KEYS;
                let bytes = payload((round * PROCESSES + me) as u8, round % 8 == 0);
                store.put(Kind::Image, &key(n), &bytes).unwrap();
                assert!(checked(&store, &key((n + 1) % KEYS)) || round < KEYS);
                if round % 10 == 0 {
                    learn(&store, &key(n % 2), format!("{me} {round}"));
                }
            }
        }
        // The same with eviction and clearing at every turn.
        "sweeper" => {
            let me: u64 = arg.parse().unwrap();
            let store = Store::open(Options {
                dir: Some(dir),
                max_bytes: 40_000,
                ..Options::default()
            });
            for round in 0..ROUNDS {
                let bytes = payload((round * PROCESSES + me) as u8, false);
                store.put(Kind::Image, &key(round % 32), &bytes).unwrap();
                checked(&store, &key((round + me) % 32));
                match store.update(&key(round % 32), |old| {
                    [old.unwrap_or_default(), vec![1]].concat()
                }) {
                    Ok(()) | Err(PutError::LockBusy) => {}
                    Err(error) => panic!("{error}"),
                }
                store.list();
                if round % 50 == me {
                    store.clear().unwrap();
                }
            }
        }
        // Writes until it is killed.
        "endless" => {
            let store = open(&dir);
            for round in 0u64.. {
                store
                    .put(Kind::Image, &key(0), &payload(round as u8, true))
                    .unwrap();
                learn(&store, &key(0), format!("{}", round % 100));
                if round == 3 {
                    println!("\n> going");
                }
            }
        }
        other => panic!("no role {other}"),
    }
}

fn race(role: &str, dir: &std::path::Path) {
    let racers: Vec<_> = (0..PROCESSES)
        .map(|me| {
            let mut command = process(role, dir, &me.to_string());
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for racer in racers {
        let output = racer.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{err}");
    }
}

#[test]
fn racing_processes_read_nothing_torn_and_lose_no_profile() {
    let tmp = scratch();
    race("racer", tmp.path());
    let store = open(tmp.path());
    for n in 0..KEYS {
        assert!(checked(&store, &key(n)));
    }
    let mut learnt = BTreeSet::new();
    for n in 0..2 {
        learnt.extend(lines(store.get(Kind::Profile, &key(n)).ok()));
    }
    let expected: BTreeSet<_> = (0..PROCESSES)
        .flat_map(|me| {
            (0..ROUNDS)
                .step_by(10)
                .map(move |round| format!("{me} {round}"))
        })
        .collect();
    assert_eq!(learnt, expected);
}

#[test]
fn racing_processes_survive_eviction_and_clearing() {
    let tmp = scratch();
    race("sweeper", tmp.path());
    open(tmp.path())
        .put(Kind::Image, &key(0), b"still usable")
        .unwrap();
}

#[test]
fn a_killed_writer_leaves_no_torn_entry() {
    use std::io::{BufRead, BufReader};
    let tmp = scratch();
    let store = open(tmp.path());
    for round in 0..25 {
        let mut writer = process("endless", tmp.path(), "")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(writer.stdout.take().unwrap());
        assert!(out.lines().any(|line| line.unwrap().contains("> going")));
        std::thread::sleep(Duration::from_micros(round * 337));
        writer.kill().unwrap();
        assert_eq!(writer.wait().unwrap().signal(), Some(9));
        assert!(checked(&store, &key(0)));
        assert!(!lines(store.get(Kind::Profile, &key(0)).ok()).is_empty());
        // The dead hold no lock.
        store.update(&key(0), Option::unwrap).unwrap();
    }
    // What it left is swept once it is old, and does not count as an entry.
    assert_eq!(store.size().entries, 2);
    let folder = tmp.path().join("v1").join(&key(0).to_hex()[..2]);
    let old = std::time::SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    let mut left = 0;
    for file in fs::read_dir(&folder).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with(".tmp-") {
            left += 1;
            File::options()
                .write(true)
                .open(file.path())
                .and_then(|file| file.set_modified(old))
                .unwrap();
        }
    }
    store.trim();
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        files, 3,
        "image, profile, lock; {left} were left by the killed"
    );
}

#[test]
fn a_held_lock_is_not_waited_for() {
    let tmp = scratch();
    let store = open(tmp.path());
    store.update(&key(1), |_| b"old".to_vec()).unwrap();
    let folder = tmp.path().join("v1").join(&key(1).to_hex()[..2]);
    let held = File::open(folder.join("lock")).unwrap();
    held.lock().unwrap();
    let start = Instant::now();
    let result = store.update(&key(1), |_| unreachable!("without the lock"));
    assert_eq!(result, Err(PutError::LockBusy));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    // Readers and writers of images do not care.
    assert_eq!(store.get(Kind::Profile, &key(1)).unwrap(), b"old");
    store.put(Kind::Image, &key(1), b"image").unwrap();
    held.unlock().unwrap();
    store.update(&key(1), |_| b"new".to_vec()).unwrap();
    assert_eq!(store.get(Kind::Profile, &key(1)).unwrap(), b"new");
}
