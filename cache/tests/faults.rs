//! What a disk can do to a store: each fault is a miss or a refusal with its own name, and nothing else.

mod common;

use common::*;
use pyaot_cache::entry::{MAX_FILE, TRAILER};
use pyaot_cache::{Kind, Miss, Options, PutError, State, Store, WhyDisabled, WhyReadOnly};
use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

const NOBODY: u32 = 65534;
const PAYLOAD: &[u8] = b"\x7fELF and so on";

fn count<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<(&'a str, u64)> {
    counts.filter(|(_, n)| *n > 0).collect()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn temporaries(dir: &Path) -> usize {
    let folders = fs::read_dir(dir.join("v1")).into_iter().flatten().flatten();
    folders
        .flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten())
        .filter(|file| file.file_name().to_string_lossy().starts_with(".tmp-"))
        .count()
}

#[test]
fn what_is_put_is_got_and_the_file_begins_with_it() {
    let tmp = scratch();
    let store = open(tmp.path());
    assert_eq!(store.state(), State::Writable);
    for kind in Kind::ALL {
        assert_eq!(store.get(kind, &key(1)), Err(Miss::Absent));
        store.put(kind, &key(1), PAYLOAD).unwrap();
        assert_eq!(store.get(kind, &key(1)).unwrap(), PAYLOAD);
        let bytes = fs::read(file(tmp.path(), kind, &key(1))).unwrap();
        assert!(bytes.starts_with(PAYLOAD) && bytes.len() == PAYLOAD.len() + TRAILER);
        store.put(kind, &key(2), b"").unwrap();
        assert_eq!(store.get(kind, &key(2)).unwrap(), b"");
    }
    let stats = store.stats();
    assert_eq!((stats.hits, stats.puts), (4, 4));
    assert_eq!(count(stats.misses()), [("absent", 2)]);
    assert_eq!(count(stats.put_errors()), []);
}

#[test]
fn a_file_cut_at_any_length_is_truncated() {
    let tmp = scratch();
    let store = open(tmp.path());
    for kind in Kind::ALL {
        store.put(kind, &key(1), PAYLOAD).unwrap();
        let path = file(tmp.path(), kind, &key(1));
        let whole = fs::read(&path).unwrap();
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            assert_eq!(store.get(kind, &key(1)), Err(Miss::Truncated), "{len}");
        }
        fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
        assert_eq!(store.get(kind, &key(1)), Err(Miss::Truncated));
        fs::write(&path, [&whole[..], &whole[..]].concat()).unwrap();
        assert_eq!(store.get(kind, &key(1)), Err(Miss::Truncated));
        store.put(kind, &key(1), PAYLOAD).unwrap();
        assert_eq!(store.get(kind, &key(1)).unwrap(), PAYLOAD);
    }
}

#[test]
fn every_flipped_bit_is_seen() {
    let tmp = scratch();
    let store = open(tmp.path());
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    let path = file(tmp.path(), Kind::Image, &key(1));
    let whole = fs::read(&path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, bytes).unwrap();
        let miss = store.get(Kind::Image, &key(1)).unwrap_err();
        // The first field of the trailer at fault names it; the payload is the checksum's.
        let at = (bit / 8).checked_sub(PAYLOAD.len());
        let expected = match at {
            None | Some(44..76) => Miss::Checksum,
            Some(0..8) | Some(80..) => Miss::Truncated,
            Some(8..44) => Miss::Misplaced,
            Some(76..80) => Miss::Foreign,
        };
        assert_eq!(miss, expected, "bit {bit}");
    }
}

#[test]
fn an_entry_under_another_name_is_misplaced() {
    let tmp = scratch();
    let store = open(tmp.path());
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    store.put(Kind::Image, &key(2), b"other").unwrap();
    let from = file(tmp.path(), Kind::Image, &key(1));
    fs::copy(&from, file(tmp.path(), Kind::Image, &key(2))).unwrap();
    assert_eq!(store.get(Kind::Image, &key(2)), Err(Miss::Misplaced));
    fs::copy(&from, file(tmp.path(), Kind::Profile, &key(1))).unwrap();
    assert_eq!(store.get(Kind::Profile, &key(1)), Err(Miss::Misplaced));
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), PAYLOAD);
}

#[test]
fn only_a_regular_file_is_an_entry() {
    let tmp = scratch();
    let store = open(tmp.path());
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    let path = file(tmp.path(), Kind::Image, &key(1));
    let aside = tmp.path().join("aside");
    fs::rename(&path, &aside).unwrap();

    symlink(&aside, &path).unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::NotAFile));
    // A put replaces the link, not what it points to.
    store.put(Kind::Image, &key(1), b"new").unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), b"new");
    assert!(fs::read(&aside).unwrap().starts_with(PAYLOAD));
    fs::remove_file(&path).unwrap();

    // A pipe that nobody writes to must not be waited for.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::NotAFile));
    fs::remove_file(&path).unwrap();

    fs::create_dir(&path).unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::NotAFile));
    assert!(matches!(
        store.put(Kind::Image, &key(1), PAYLOAD),
        Err(PutError::Io(_))
    ));
    assert_eq!(temporaries(tmp.path()), 0);
}

#[test]
fn a_missing_directory_is_made_for_the_user_alone() {
    let tmp = scratch();
    let dir = tmp.path().join("a/b");
    let store = open(&dir);
    assert_eq!(store.state(), State::Writable);
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    for made in [
        &dir,
        &tmp.path().join("a"),
        file(&dir, Kind::Image, &key(1)).parent().unwrap(),
    ] {
        assert_eq!(
            fs::metadata(made).unwrap().mode() & 0o7777,
            0o700,
            "{made:?}"
        );
    }
    let entry = fs::metadata(file(&dir, Kind::Image, &key(1))).unwrap();
    assert_eq!(entry.mode() & 0o7777, 0o600);

    // Removed while the store is open.
    fs::remove_dir_all(tmp.path().join("a")).unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::Absent));
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    store.update(&key(1), |_| b"profile".to_vec()).unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), PAYLOAD);
}

fn refused(dir: &Path) -> WhyDisabled {
    let store = open(dir);
    let State::Disabled(why) = store.state() else {
        panic!("{:?}", store.state())
    };
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::Disabled(why)));
    assert_eq!(
        store.put(Kind::Image, &key(1), b"x"),
        Err(PutError::Disabled(why))
    );
    let update = store.update(&key(1), |_| unreachable!("nothing can be kept"));
    assert_eq!(update, Err(PutError::Disabled(why)));
    assert_eq!(store.clear(), Err(PutError::Disabled(why)));
    assert_eq!((store.list(), store.size().entries), (vec![], 0));
    store.trim();
    assert_eq!(count(store.stats().put_errors()), [("disabled", 2)]);
    why
}

#[test]
fn a_directory_that_is_none_is_refused() {
    let tmp = scratch();
    let path = tmp.path().join("x");
    fs::write(&path, "a file").unwrap();
    assert_eq!(refused(&path), WhyDisabled::NotADirectory);
    assert_eq!(refused(&path.join("below")), WhyDisabled::NotADirectory);
    fs::remove_file(&path).unwrap();
    symlink(tmp.path().join("nowhere"), &path).unwrap();
    assert!(matches!(refused(&path), WhyDisabled::CannotMake(_)));
    fs::remove_file(&path).unwrap();
    symlink(&path, &path).unwrap();
    assert!(matches!(refused(&path), WhyDisabled::Unreadable(_)));
    let unmakeable = Path::new("/proc/no/such/place");
    assert!(matches!(refused(unmakeable), WhyDisabled::CannotMake(_)));
}

#[test]
fn a_link_to_a_directory_is_followed() {
    let tmp = scratch();
    let real = tmp.path().join("real");
    fs::create_dir(&real).unwrap();
    mode(&real, 0o700);
    symlink(&real, tmp.path().join("link")).unwrap();
    let store = open(&tmp.path().join("link"));
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    assert_eq!(open(&real).get(Kind::Image, &key(1)).unwrap(), PAYLOAD);
}

#[test]
fn what_others_may_write_to_is_not_trusted() {
    let tmp = scratch();
    let store = open(tmp.path());
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    let path = file(tmp.path(), Kind::Image, &key(1));
    for bits in [0o620, 0o602] {
        mode(&path, bits);
        assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::Untrusted));
    }
    mode(&path, 0o644);
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), PAYLOAD);
    for bits in [0o770, 0o707, 0o1777] {
        mode(tmp.path(), bits);
        assert_eq!(
            refused(tmp.path()),
            WhyDisabled::WritableByOthers { mode: bits }
        );
    }
}

#[test]
fn what_belongs_to_another_is_not_trusted() {
    if !is_root() {
        return skipped("only root can give a file away");
    }
    let tmp = scratch();
    let store = open(tmp.path());
    store.put(Kind::Image, &key(1), PAYLOAD).unwrap();
    chown(file(tmp.path(), Kind::Image, &key(1)), Some(NOBODY), None).unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)), Err(Miss::Untrusted));
    chown(tmp.path(), Some(NOBODY), None).unwrap();
    assert_eq!(
        refused(tmp.path()),
        WhyDisabled::ForeignOwner { uid: NOBODY }
    );
}

#[test]
fn a_read_only_directory_is_read() {
    let tmp = scratch();
    open(tmp.path()).put(Kind::Image, &key(1), PAYLOAD).unwrap();
    mode(tmp.path(), 0o500);
    let store = open(tmp.path());
    let why = WhyReadOnly::Mode;
    assert_eq!(store.state(), State::ReadOnly(why));
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), PAYLOAD);
    assert_eq!(store.get(Kind::Image, &key(2)), Err(Miss::Absent));
    assert_eq!(
        store.put(Kind::Image, &key(2), b"x"),
        Err(PutError::ReadOnly(why))
    );
    assert_eq!(
        store.update(&key(2), |_| vec![]),
        Err(PutError::ReadOnly(why))
    );
    assert_eq!(store.clear(), Err(PutError::ReadOnly(why)));
    assert_eq!(store.list().len(), 1);
    mode(tmp.path(), 0o700);
}

#[test]
fn a_folder_that_is_a_file_is_survived() {
    let tmp = scratch();
    let store = open(tmp.path());
    fs::write(tmp.path().join("v1"), "in the way").unwrap();
    let miss = Err(Miss::Unreadable(ErrorKind::NotADirectory));
    assert_eq!(store.get(Kind::Image, &key(1)), miss);
    let error = Err(PutError::Io(ErrorKind::NotADirectory));
    assert_eq!(store.put(Kind::Image, &key(1), b"x"), error);
    assert_eq!(store.update(&key(1), |_| vec![]), error);
    assert_eq!(store.clear().unwrap().entries, 0);
    store.trim();
}

#[test]
fn what_is_too_large_is_neither_kept_nor_read() {
    let tmp = scratch();
    let small = Store::open(Options {
        dir: Some(tmp.path().to_owned()),
        max_bytes: 1000,
        ..Options::default()
    });
    assert_eq!(
        small.put(Kind::Image, &key(1), &[0; 663]),
        Err(PutError::TooLarge)
    );
    assert_eq!(small.put(Kind::Image, &key(1), &[0; 662]), Ok(()));
    File::create(file(tmp.path(), Kind::Image, &key(1)))
        .and_then(|file| file.set_len(MAX_FILE + 1))
        .unwrap();
    assert_eq!(small.get(Kind::Image, &key(1)), Err(Miss::TooLarge));
}

#[test]
fn layers_serve_what_the_own_directory_lacks() {
    let tmp = scratch();
    let (own, low, bad) = (
        tmp.path().join("own"),
        tmp.path().join("low"),
        tmp.path().join("bad"),
    );
    for (dir, n) in [(&low, 1), (&low, 2), (&bad, 3)] {
        open(dir).put(Kind::Image, &key(n), b"low").unwrap();
    }
    open(&low).put(Kind::Profile, &key(1), b"shipped").unwrap();
    mode(&low, 0o555);
    mode(&bad, 0o777);
    let store = Store::open(Options {
        dir: Some(own.clone()),
        read_only_layers: vec![tmp.path().join("missing"), bad, low],
        ..Options::default()
    });
    let layers: Vec<_> = store.layers().map(|(_, checked)| checked).collect();
    assert_eq!(
        layers,
        [
            Err(WhyDisabled::Unreadable(ErrorKind::NotFound)),
            Err(WhyDisabled::WritableByOthers { mode: 0o777 }),
            Ok(())
        ]
    );
    store.put(Kind::Image, &key(2), b"own").unwrap();
    assert_eq!(store.get(Kind::Image, &key(1)).unwrap(), b"low");
    assert_eq!(store.get(Kind::Image, &key(2)).unwrap(), b"own");
    assert_eq!(store.get(Kind::Image, &key(3)), Err(Miss::Absent));
    // A damaged entry hides nothing, and is what is reported if nothing lies below.
    fs::write(file(&own, Kind::Image, &key(2)), "torn").unwrap();
    assert_eq!(store.get(Kind::Image, &key(2)).unwrap(), b"low");
    store.put(Kind::Image, &key(3), b"x").unwrap();
    fs::write(file(&own, Kind::Image, &key(3)), "torn").unwrap();
    assert_eq!(store.get(Kind::Image, &key(3)), Err(Miss::Truncated));
    // What was shipped is where the user's own profile starts.
    let update = store.update(&key(1), |old| [old.unwrap(), b"+own".to_vec()].concat());
    assert_eq!(update, Ok(()));
    assert_eq!(store.get(Kind::Profile, &key(1)).unwrap(), b"shipped+own");
    // With the own directory off they still serve.
    let in_the_way = tmp.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let off = Store::open(Options {
        dir: Some(in_the_way),
        read_only_layers: vec![tmp.path().join("low")],
        ..Options::default()
    });
    assert_eq!(off.state(), State::Disabled(WhyDisabled::NotADirectory));
    assert_eq!(off.get(Kind::Image, &key(1)).unwrap(), b"low");
}

#[test]
fn a_damaged_profile_is_started_anew() {
    let tmp = scratch();
    let store = open(tmp.path());
    store
        .update(&key(1), |old| {
            assert_eq!(old, None);
            b"a".to_vec()
        })
        .unwrap();
    let path = file(tmp.path(), Kind::Profile, &key(1));
    let before = fs::metadata(&path).unwrap().ino();
    store.update(&key(1), Option::unwrap).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().ino(),
        before,
        "nothing new is not written"
    );
    fs::write(&path, "torn").unwrap();
    store
        .update(&key(1), |old| {
            assert_eq!(old, None);
            b"b".to_vec()
        })
        .unwrap();
    assert_eq!(store.get(Kind::Profile, &key(1)).unwrap(), b"b");
}

/// What the other processes of this file do.
#[test]
fn child() {
    let Some((role, dir, arg)) = role() else {
        return;
    };
    match role.as_str() {
        // Puts and updates with a payload of `arg` bytes; says what came of it.
        "writer" => {
            let store = open(&dir);
            println!("\n> {:?}", store.state());
            let payload = vec![7; arg.parse().unwrap()];
            println!("> {:?}", store.put(Kind::Image, &key(9), &payload));
            println!("> {:?}", store.update(&key(9), |_| payload.clone()));
            println!(
                "> {:?}",
                store.get(Kind::Image, &key(1)).map(|got| got == PAYLOAD)
            );
            println!(
                "> {:?}",
                store.get(Kind::Image, &key(9)).map(|got| got == payload)
            );
        }
        // Which directory a store with nothing said takes.
        "where" => {
            let store = Store::open(Options::default());
            println!("\n> {}", store.dir().unwrap().display());
            println!("> {:?}", store.state());
        }
        other => panic!("no role {other}"),
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
    let tmp = scratch();
    open(tmp.path()).put(Kind::Image, &key(1), PAYLOAD).unwrap();
    // CPython ignores SIGXFSZ, as this shell does.
    for (limit, size) in [("0", "10"), ("1", "5000")] {
        let before = format!("trap '' XFSZ; ulimit -f {limit}");
        let said = said(process_after(&before, "writer", tmp.path(), size));
        let full = "Err(Full)";
        assert_eq!(said, ["Writable", full, full, "Ok(true)", "Err(Absent)"]);
    }
    assert_eq!(temporaries(tmp.path()), 0);
}

#[test]
fn a_full_disk_and_a_read_only_one() {
    let tmp = scratch();
    let disk = tmp.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = format!(
        "mount -t tmpfs -o size=64k,mode=700 none '{}'",
        disk.display()
    );
    let tried = std::process::Command::new("unshare")
        .args(["--mount", "sh", "-c", &mount])
        .output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return skipped("no file system can be mounted here");
    }
    let inside = |before: &str, size: &str| {
        let plain = process_after(before, "writer", &disk, size);
        let mut command = std::process::Command::new("unshare");
        command
            .arg("--mount")
            .arg(plain.get_program())
            .args(plain.get_args());
        command.envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        said(command)
    };
    assert_eq!(
        inside(&mount, "100000"),
        [
            "Writable",
            "Err(Full)",
            "Err(Full)",
            "Err(Absent)",
            "Err(Absent)"
        ]
    );
    let read_only = format!("{mount}; mount -o remount,ro '{}'", disk.display());
    let why = "ReadOnly(Filesystem)";
    let error = format!("Err({why})");
    assert_eq!(
        inside(&read_only, "1"),
        [why, &error, &error, "Err(Absent)", "Err(Absent)"]
    );
}

#[test]
fn a_directory_without_permission_as_an_ordinary_user() {
    let tmp = scratch();
    let dir = tmp.path().join("cache");
    open(&dir).put(Kind::Image, &key(1), PAYLOAD).unwrap();
    let folder = dir.join("v1").join(&key(9).to_hex()[..2]);
    fs::create_dir_all(&folder).unwrap();
    let mut command = process("writer", &dir, "1");
    if is_root() {
        // The binary may lie where nobody else can go.
        let binary = tmp.path().join("binary");
        fs::copy(command.get_program(), &binary).unwrap();
        mode(&binary, 0o755);
        mode(tmp.path(), 0o755);
        let status = std::process::Command::new("chown")
            .args(["-R", "65534"])
            .arg(&dir)
            .status();
        assert!(status.unwrap().success());
        let plain = command;
        command = std::process::Command::new(binary);
        command.args(plain.get_args());
        command.envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
        command.current_dir("/");
    }
    mode(&folder, 0o500);
    let expected = [
        "Writable",
        "Err(Denied)",
        "Err(Denied)",
        "Ok(true)",
        "Err(Absent)",
    ];
    assert_eq!(said(command), expected);
    mode(&folder, 0o700);
}

#[test]
fn the_default_directory() {
    let tmp = scratch();
    let path = |name: &str| tmp.path().join(name);
    let ask = |vars: &[(&str, &Path)]| {
        let mut command = process("where", tmp.path(), "");
        command
            .env_remove("PYAOT_CACHE_DIR")
            .env_remove("XDG_CACHE_HOME");
        command.envs(vars.iter().copied()).current_dir(tmp.path());
        said(command)
    };
    let expect = |dir: &str| vec![path(dir).display().to_string(), "Writable".to_owned()];
    let home = ("HOME", &*path("home"));
    let xdg = ("XDG_CACHE_HOME", &*path("xdg"));
    assert_eq!(ask(&[home]), expect("home/.cache/pyaot"));
    assert_eq!(ask(&[home, xdg]), expect("xdg/pyaot"));
    assert_eq!(
        ask(&[home, xdg, ("PYAOT_CACHE_DIR", &path("own"))]),
        expect("own")
    );
    let relative = ("PYAOT_CACHE_DIR", Path::new("relative"));
    assert_eq!(ask(&[home, relative]), expect("relative"));
    let empty = ("PYAOT_CACHE_DIR", Path::new(""));
    assert_eq!(ask(&[home, xdg, empty]), expect("xdg/pyaot"));

    if !is_root() {
        return skipped("only root can be in somebody else's home");
    }
    fs::create_dir(path("theirs")).unwrap();
    chown(path("theirs"), Some(NOBODY), None).unwrap();
    let said = ask(&[("HOME", &path("theirs"))]);
    assert_eq!(said[1], "Disabled(ForeignHome { uid: 65534 })");
    assert!(!path("theirs/.cache").exists());
}
