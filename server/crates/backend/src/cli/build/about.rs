//! What is known of a build before it begins: what is built, of which commit, where, by whom.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use builds::Report;

use super::{Options, command};
use crate::hidden;

/// Variables of pipelines with the commit, and with the branch; of a merge request, that of the change comes first.
const COMMITS: [&str; 6] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILDKITE_COMMIT",
    "CIRCLE_SHA1",
    "GIT_COMMIT",
    "BUILD_SOURCEVERSION",
];
const BRANCHES: [&str; 7] = [
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
    "BUILDKITE_BRANCH",
    "CIRCLE_BRANCH",
    "GIT_BRANCH",
    "BUILD_SOURCEBRANCHNAME",
];
/// Variables by which pipelines tell what they are.
const PIPELINES: [(&str, &str); 6] = [
    ("GITHUB_ACTIONS", "GitHub Actions"),
    ("GITLAB_CI", "GitLab CI"),
    ("BUILDKITE", "Buildkite"),
    ("CIRCLECI", "CircleCI"),
    ("JENKINS_URL", "Jenkins"),
    ("TF_BUILD", "Azure Pipelines"),
];
/// References of a repository that are read, in bytes.
const MOST_REFERENCES: usize = 16 << 20;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What there is to be known.
pub(super) fn about(options: &Options, command: &[OsString]) -> Report {
    let here = std::env::current_dir().unwrap_or_default();
    let manifest = command::value(command, "--manifest-path").map(|path| here.join(path));
    let folder = match manifest.as_deref().and_then(Path::parent) {
        Some(folder) => folder.to_owned(),
        None => here,
    };
    let root = workspace(&folder);
    let named = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let (commit, branch) = checkout(&folder).unwrap_or_default();
    let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    let builder = PIPELINES.iter().find(|(name, _)| variable(name).is_some());
    let builder = builder.map(|(_, builder)| (*builder).to_owned());
    Report {
        project: options
            .project
            .clone()
            .or(named)
            .unwrap_or_else(|| "rust".to_owned()),
        command: hidden::command_line(words.iter().map(AsRef::as_ref)),
        commit: options
            .commit
            .clone()
            .or_else(|| first(&COMMITS))
            .unwrap_or(commit),
        branch: options
            .branch
            .clone()
            .or_else(|| first(&BRANCHES))
            .unwrap_or(branch),
        profile: profile(command),
        target: command::value(command, "--target")
            .map(str::to_owned)
            .or_else(|| variable("CARGO_BUILD_TARGET"))
            .unwrap_or_default(),
        host: sysinfo::System::host_name().unwrap_or_default(),
        builder: builder
            .or_else(|| first(&["USER", "LOGNAME"]))
            .unwrap_or_default(),
        ..Report::default()
    }
}

/// The profile that a command names; cargo says itself which one it was when it is done.
fn profile(command: &[OsString]) -> String {
    let Some(at) = command::subcommand(command) else {
        return String::new();
    };
    let mut own = command.iter().take_while(|word| *word != "--");
    let profile = match command::value(command, "--profile") {
        Some(profile) => profile,
        None if own.any(|word| word == "--release" || word == "-r") => "release",
        None => "dev",
    };
    // Checking takes other times than compiling.
    let checks = ["check", "c", "clippy"]
        .iter()
        .any(|it| command[at] == **it);
    format!("{profile}{}", if checks { " (check)" } else { "" })
}

/// The folder of the workspace that a folder is in: of the nearest manifest, or of one above it that is a workspace's.
fn workspace(folder: &Path) -> PathBuf {
    let manifests = folder
        .ancestors()
        .filter(|it| it.join("Cargo.toml").is_file());
    let mut nearest = None;
    for folder in manifests {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        if text
            .lines()
            .any(|line| line.trim_start().starts_with("[workspace"))
        {
            return folder.to_owned();
        }
        nearest.get_or_insert_with(|| folder.to_owned());
    }
    nearest.unwrap_or_else(|| folder.to_owned())
}

/// Commit and branch of the checkout that a folder is in, as git keeps them.
fn checkout(folder: &Path) -> Option<(String, String)> {
    let git = folder
        .ancestors()
        .map(|it| it.join(".git"))
        .find(|it| it.exists())?;
    let git = match git.is_dir() {
        true => git,
        // A worktree, or a module: a file that says where.
        false => {
            let text = fs::read_to_string(&git).ok()?;
            let place = text.strip_prefix("gitdir:")?.trim();
            git.parent()?.join(place)
        }
    };
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else {
        return Some((head.trim().to_owned(), String::new()));
    };
    let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    // Worktrees share references.
    let common = fs::read_to_string(git.join("commondir"));
    let common = common.map_or_else(|_| git.clone(), |place| git.join(place.trim()));
    let commit = [&git, &common]
        .into_iter()
        .find_map(|folder| fs::read_to_string(folder.join(reference)).ok())
        .map(|commit| commit.trim().to_owned())
        .or_else(|| packed(&common, reference));
    Some((commit.unwrap_or_default(), branch.to_owned()))
}

/// A reference among those that are kept in one file.
fn packed(git: &Path, reference: &str) -> Option<String> {
    let text = fs::read_to_string(git.join("packed-refs")).ok()?;
    let text = text.get(..MOST_REFERENCES).unwrap_or(&text);
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let found = lines.find(|(_, name)| *name == reference);
    found.map(|(commit, _)| commit.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_within() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("tower/Cargo.toml", "[workspace]\nmembers = [\"core\"]\n");
        write("tower/core/Cargo.toml", "[package]\nname = \"core\"\n");
        write("alone/Cargo.toml", "[package]\nname = \"alone\"\n");
        fs::create_dir_all(folder.path().join("tower/core/src")).unwrap();
        for (from, expected) in [
            ("tower/core/src", "tower"),
            ("tower", "tower"),
            ("alone", "alone"),
        ] {
            assert_eq!(
                workspace(&folder.path().join(from)),
                folder.path().join(expected)
            );
        }
    }

    #[test]
    fn commit_and_branch_are_read_as_git_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let found = |path: &str| checkout(&folder.path().join(path));
        let pair = |commit: &str, branch: &str| Some((commit.to_owned(), branch.to_owned()));
        assert_eq!(found("none"), None);
        write("a/.git/HEAD", "ref: refs/heads/main\n");
        write("a/.git/refs/heads/main", "c0ffee\n");
        write("a/src/x", "");
        assert_eq!(found("a/src"), pair("c0ffee", "main"));
        write("b/.git/HEAD", "ref: refs/heads/x/y\n");
        write(
            "b/.git/packed-refs",
            "# pack-refs\nabc123 refs/heads/x\ndef456 refs/heads/x/y\n",
        );
        assert_eq!(found("b"), pair("def456", "x/y"));
        write("c/.git/HEAD", "0123abcd\n");
        assert_eq!(found("c"), pair("0123abcd", ""));
        // A worktree of the first.
        write("d/.git", "gitdir: ../a/.git/worktrees/d\n");
        write("a/.git/worktrees/d/HEAD", "ref: refs/heads/main\n");
        write("a/.git/worktrees/d/commondir", "../..\n");
        assert_eq!(found("d"), pair("c0ffee", "main"));
    }

    #[test]
    fn the_profile_is_that_of_the_command() {
        for (command, expected) in [
            ("cargo build", "dev"),
            ("cargo clippy -r", "release (check)"),
            ("cargo build -r", "release"),
            ("cargo build --profile fast --release", "fast"),
            ("cargo run -- --release", "dev"),
            ("make", ""),
        ] {
            let words: Vec<_> = command.split(' ').map(OsString::from).collect();
            assert_eq!(profile(&words), expected, "{command}");
        }
    }
}
