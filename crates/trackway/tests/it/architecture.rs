//! The house rules that a compiler doesn't know: whose arrows point where, and what a file may be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

const TESTKIT: &str = "trackway-testkit";

/// The rooms from the top down, each with the rooms that it may use. Tests of a room may use every
/// room below it.
const ROOMS: [(&str, &[&str]); 8] = [
    (
        "trackway",
        &[
            "trackway-web",
            "trackway-hub",
            "trackway-simulator",
            "trackway-dialects",
            "trackway-store",
            "trackway-numbers",
            "trackway-model",
        ],
    ),
    (
        "trackway-web",
        &[
            "trackway-hub",
            "trackway-dialects",
            "trackway-numbers",
            "trackway-model",
        ],
    ),
    (
        "trackway-hub",
        &[
            "trackway-dialects",
            "trackway-store",
            "trackway-numbers",
            "trackway-model",
        ],
    ),
    (
        "trackway-simulator",
        &["trackway-dialects", "trackway-numbers", "trackway-model"],
    ),
    ("trackway-dialects", &["trackway-numbers", "trackway-model"]),
    ("trackway-store", &["trackway-model"]),
    ("trackway-numbers", &[]),
    ("trackway-model", &[]),
];

/// A file longer than this is two files.
const MOST_LINES: usize = 500;

#[test]
fn arrows_between_rooms_point_down() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let names: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut wrong = Vec::new();
    for (height, (room, allowed)) in ROOMS.iter().enumerate() {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == *room);
        let package = package.unwrap_or_else(|| panic!("there is no room {room}"));
        for (to, kind) in arrows(package, &names) {
            let below = ROOMS[height + 1..].iter().any(|(lower, _)| *lower == to);
            let fine = match kind {
                DependencyKind::Development => below || to == TESTKIT,
                _ => allowed.contains(&to),
            };
            if !fine {
                wrong.push(format!("{room} -> {to} ({kind})"));
            }
        }
    }
    let known = |name: &str| name == TESTKIT || ROOMS.iter().any(|(room, _)| *room == name);
    wrong.extend(
        names
            .iter()
            .filter(|name| !known(name))
            .map(|name| format!("{name} is no room")),
    );
    let testkit = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == TESTKIT);
    let testkit = testkit.expect("there is a test kit");
    wrong.extend(arrows(testkit, &names).map(|(to, _)| format!("{TESTKIT} -> {to}")));
    assert!(
        wrong.is_empty(),
        "not as the table above has it:\n{}",
        wrong.join("\n")
    );
}

/// What a package uses of this workspace.
fn arrows<'a>(
    package: &'a Package,
    names: &[&str],
) -> impl Iterator<Item = (&'a str, DependencyKind)> {
    package
        .dependencies
        .iter()
        .map(|dependency| (dependency.name.as_str(), dependency.kind))
        .filter(|(name, _)| names.contains(name))
}

#[test]
fn source_files_are_short() {
    let root = root();
    let long: Vec<String> = files(&root)
        .iter()
        .filter(|file| {
            file.extension()
                .is_some_and(|kind| kind == "rs" || kind == "sql")
        })
        .map(|file| {
            (
                file,
                fs::read_to_string(root.join(file)).unwrap().lines().count(),
            )
        })
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(
        long.is_empty(),
        "more than {MOST_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn no_file_names_a_folder_of_the_build_machine() {
    let root = root();
    let needle = root.to_str().unwrap();
    let naming: Vec<String> = files(&root)
        .iter()
        .filter(|file| {
            String::from_utf8_lossy(&fs::read(root.join(file)).unwrap()).contains(needle)
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(
        naming.is_empty(),
        "{} is named in:\n{}",
        root.display(),
        naming.join("\n")
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = root();
    let mut dead = Vec::new();
    let is_text = |file: &&PathBuf| file.extension().is_some_and(|kind| kind == "md");
    for file in files(&root).iter().filter(is_text) {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let folder = root.join(file).parent().unwrap().to_owned();
        let links = text.split("](").skip(1);
        let targets = links.filter_map(|rest| rest.split([')', '#']).next());
        dead.extend(
            targets
                .filter(|target| !target.is_empty() && !target.contains("://"))
                .filter(|target| !folder.join(target).exists())
                .map(|target| format!("{}: {target}", file.display())),
        );
    }
    assert!(dead.is_empty(), "no such file:\n{}", dead.join("\n"));
}

fn root() -> PathBuf {
    MetadataCommand::new()
        .no_deps()
        .exec()
        .unwrap()
        .workspace_root
        .into()
}

/// Every file that git tracks or would track if all were added, so that a new file is judged
/// before it is committed.
fn files(root: &Path) -> Vec<PathBuf> {
    let listing = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        listing.status.success(),
        "{}",
        String::from_utf8_lossy(&listing.stderr)
    );
    let files: Vec<PathBuf> = String::from_utf8(listing.stdout)
        .unwrap()
        .split_terminator('\0')
        .map(PathBuf::from)
        // Deleted and not yet committed.
        .filter(|file| root.join(file).is_file())
        .collect();
    assert!(
        !files.is_empty(),
        "git lists no file, so nothing was checked"
    );
    files
}
