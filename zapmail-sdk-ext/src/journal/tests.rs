//! Tests of the journal stores: what was written survives crashes and dropped calls.

mod services;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Request};
use tempfile::TempDir;
use zapmail_sdk::{ErrorKind, operations};

use super::entry::{EntryState, JournalEntry, RecordedResponse};
use super::{Journal, PurchaseOutcome, Run};
#[cfg(feature = "redis")]
use crate::redis_server::Redis;
#[cfg(feature = "redis")]
use crate::testing::redis_process::RedisProcess;

const SERVICE: &str = "http://127.0.0.1/api";

const MINUTE: Duration = Duration::from_secs(60);

fn entry(key: &str) -> JournalEntry {
    let request = Request::new(Method::POST, "http://127.0.0.1/v2/wallet/buy-addon-mailboxes".parse().unwrap());
    JournalEntry::new(key, operations::find("purchase_addon_mailboxes").unwrap(), SERVICE, None, &request)
}

/// Writes an entry with this state for a key, and claims the key if it is free.
async fn put(journal: &Journal, key: &str, state: EntryState) -> JournalEntry {
    let new = entry(key);
    let existing = journal.store().claim(&new, MINUTE).await.unwrap().map(|claim| claim.entry);
    let entry = JournalEntry { state, ..existing.unwrap_or(new) };
    journal.store().write(&entry).await.unwrap();
    entry
}

/// Creates a folder, and returns it with the path for a journal in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purchases.journal");
    (folder, path)
}

/// Checks the behavior that all stores share, with two handles that stand for two processes.
async fn check_store(one: Journal, two: Journal) {
    // Of two claims, one succeeds.
    let wanted = entry("order-1");
    assert_eq!(one.store().claim(&wanted, MINUTE).await.unwrap(), None);
    let claim = two.store().claim(&entry("order-1"), MINUTE).await.unwrap().unwrap();
    assert!(claim.is_running && claim.entry == wanted);
    // Claiming again with the same claim succeeds.
    assert_eq!(one.store().claim(&wanted, MINUTE).await.unwrap(), None);
    let error = two.resolve("order-1", PurchaseOutcome::Made).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");

    // A purchase that was made stays made.
    one.store().write(&JournalEntry { state: EntryState::Sent, ..wanted.clone() }).await.unwrap();
    let response = Some(RecordedResponse { status: 200, body: "{}".to_owned() });
    let made = JournalEntry { response, state: EntryState::Made, ..wanted.clone() };
    one.store().write(&made).await.unwrap();
    let claim = two.store().claim(&wanted, MINUTE).await.unwrap().unwrap();
    assert!(!claim.is_running && claim.entry.response == made.response);
    let error = two.resolve("order-1", PurchaseOutcome::NotMade).await.unwrap_err();
    assert!(error.to_string().contains("the outcome of the purchase `order-1` is already known"), "{error}");

    // A purchase with an unknown outcome can be settled with either outcome.
    for (key, outcome) in [("order-2", PurchaseOutcome::Made), ("order-3", PurchaseOutcome::NotMade)] {
        put(&one, key, EntryState::Unknown).await;
        assert_eq!(two.open_entries().await.unwrap().len(), 1);
        two.resolve(key, outcome).await.unwrap();
        assert_eq!(one.open_entries().await.unwrap(), []);
    }
    assert_eq!(one.entry("order-2").await.unwrap().unwrap().state, EntryState::Settled);
    assert_eq!(one.entry("order-3").await.unwrap(), None);
    let error = one.resolve("order-3", PurchaseOutcome::Made).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");

    // A key that was freed can be claimed again.
    let first = entry("order-4");
    assert_eq!(one.store().claim(&first, MINUTE).await.unwrap(), None);
    one.store().remove(&first).await.unwrap();
    assert_eq!(two.store().claim(&entry("order-4"), MINUTE).await.unwrap(), None);
    // Late writes of the first claim fail.
    for late in [one.store().remove(&first), one.store().write(&first)] {
        let error = late.await.unwrap_err();
        assert!(
            error.to_string().contains("the key `order-4` has since been freed or claimed by another call"),
            "{error}"
        );
    }
    let keys: Vec<_> = one.store().list().await.unwrap().into_iter().map(|claim| claim.entry.key).collect();
    assert_eq!(keys, ["order-1", "order-2", "order-4"]);

    // One process at a time can execute a run, and the next process reads its progress.
    let begin = |journal: &Journal, workspace| {
        let journal = journal.clone();
        async move { Run::begin(&journal, "provision", "acme", SERVICE, workspace).await }
    };
    let run = begin(&one, None).await.unwrap();
    assert_eq!(run.progress::<Vec<u32>>("a").await.unwrap(), None);
    for progress in [vec![1], vec![1, 2]] {
        run.save("a", &progress).await.unwrap();
    }
    run.save("b", &"é").await.unwrap();
    let error = begin(&two, None).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    begin(&two, Some("north")).await.unwrap().end().await.unwrap();
    assert_eq!(run.execute(async { 7 }).await.unwrap(), 7);
    run.end().await.unwrap();
    let run = begin(&two, None).await.unwrap();
    assert_eq!(run.progress::<Vec<u32>>("a").await.unwrap(), Some(vec![1, 2]));
    let error = run.progress::<Vec<u32>>("b").await.unwrap_err();
    assert!(error.to_string().contains("the stored progress of the run `acme` cannot be read"), "{error}");
    // A run whose key has since been claimed cannot save progress.
    let entry = one.entry("provision: acme in the primary workspace of http://127.0.0.1/api").await.unwrap().unwrap();
    one.store().remove(&entry).await.unwrap();
    assert_eq!(run.save("a", &[3]).await.unwrap_err().kind(), ErrorKind::Journal);
    let error = Run::begin(&one, "provision", " ", SERVICE, None).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");

    // An entry is forgotten only if it still has the claim that was read.
    let made = one.entry("order-1").await.unwrap().unwrap();
    assert!(!one.forget(&JournalEntry { claim: entry.claim, ..made.clone() }).await.unwrap());
    assert!(one.forget(&made).await.unwrap());
    assert_eq!(two.entry("order-1").await.unwrap(), None);
}

#[tokio::test]
async fn file_store_can_be_shared_by_handles() {
    let (_folder, path) = folder();
    check_store(Journal::file(&path).unwrap(), Journal::file(&path).unwrap()).await;
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn redis_store_can_be_shared_by_handles_and_names_separate_journals() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let journal = |name: &str| Journal::redis(Redis::new(server.url()).unwrap(), name);
    check_store(journal("acme"), journal("acme")).await;
    assert_eq!(journal("other").entry("order-1").await.unwrap(), None);
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn purchase_in_redis_counts_as_running_until_its_maximum_duration() {
    let Some(mut server) = RedisProcess::start(&[]) else { return };
    let journal = Journal::redis(Redis::new(server.url()).unwrap(), "acme");
    let short = Duration::from_millis(50);
    let first = entry("order-1");
    assert_eq!(journal.store().claim(&first, short).await.unwrap(), None);
    let second = entry("order-2");
    assert_eq!(journal.store().claim(&second, short).await.unwrap(), None);
    journal.store().write(&JournalEntry { state: EntryState::Sent, ..second }).await.unwrap();
    // Redis has its own clock, so this takes real time.
    while journal.open_entries().await.unwrap().is_empty() {}
    // Nothing was sent for the first purchase, so its key can be claimed again, and its first claim can no longer send.
    let other = Journal::redis(Redis::new(server.url()).unwrap(), "acme");
    assert_eq!(other.store().claim(&entry("order-1"), MINUTE).await.unwrap(), None);
    let error = journal.store().write(&JournalEntry { state: EntryState::Sent, ..first }).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the call took too long: the key `order-1` has since been freed or claimed by another call"),
        "{error}"
    );
    let claim = journal.store().claim(&entry("order-2"), MINUTE).await.unwrap().unwrap();
    assert!(!claim.is_running && claim.entry.state == EntryState::Sent);

    server.kill();
    let error = journal.entry("order-2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(error.to_string().contains("the journal cannot be used: the Redis server at 127.0.0.1"), "{error}");
}

#[tokio::test]
async fn entries_of_a_dropped_handle_are_not_running() {
    let (_folder, path) = folder();
    let dropped = Journal::file(&path).unwrap();
    assert_eq!(dropped.store().claim(&entry("claimed"), MINUTE).await.unwrap(), None);
    put(&dropped, "sent", EntryState::Sent).await;
    drop(dropped);
    let journal = Journal::file(&path).unwrap();
    // Nothing was sent for the first purchase, so its key is free, and the outcome of the second one is unknown.
    assert_eq!(journal.entry("claimed").await.unwrap(), None);
    for outcome in [PurchaseOutcome::Made, PurchaseOutcome::NotMade] {
        let error = journal.resolve("claimed", outcome).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
    assert_eq!(journal.store().claim(&entry("claimed"), MINUTE).await.unwrap(), None);
    let claim = journal.store().claim(&entry("sent"), MINUTE).await.unwrap().unwrap();
    assert!(!claim.is_running && claim.entry.state == EntryState::Sent);
    assert_eq!(journal.open_entries().await.unwrap().len(), 1);
}

#[tokio::test]
async fn dropped_call_is_not_running() {
    let (_folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    for (key, state) in [("claimed", EntryState::Claimed), ("sent", EntryState::Sent)] {
        let entry = put(&journal, key, state).await;
        journal.store().abandon(&entry);
    }
    assert_eq!(journal.entry("claimed").await.unwrap(), None);
    let open = journal.open_entries().await.unwrap();
    assert_eq!(open.iter().map(|entry| entry.state).collect::<Vec<_>>(), [EntryState::Unknown]);
}

/// A crash can leave any prefix of the last line.
#[tokio::test]
async fn torn_last_line_is_removed_and_earlier_lines_are_kept() {
    let (_folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    put(&journal, "whole", EntryState::Made).await;
    let whole = fs::read(&path).unwrap();
    assert_eq!(journal.store().claim(&entry("torn"), MINUTE).await.unwrap(), None);
    let both = fs::read(&path).unwrap();
    drop(journal);
    for length in whole.len()..both.len() {
        let mut torn = both[..length].to_vec();
        if length % 2 == 0 {
            // Some file systems leave zeros at the end of the file.
            torn.resize(both.len() - 1, 0);
        }
        fs::write(&path, torn).unwrap();
        let journal = Journal::file(&path).unwrap();
        assert_eq!(journal.entry("torn").await.unwrap(), None, "{length}");
        assert_eq!(fs::read(&path).unwrap(), whole, "{length}");
        put(&journal, "next", EntryState::Made).await;
        assert_eq!(Journal::file(&path).unwrap().store().list().await.unwrap().len(), 2, "{length}");
    }
    // A journal that contains only part of its first line is empty.
    for length in 0..whole.iter().position(|byte| *byte == b'\n').unwrap() {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(Journal::file(&path).unwrap().store().list().await.unwrap(), [], "{length}");
    }
}

#[tokio::test]
async fn damaged_file_is_refused_and_not_changed() {
    let (_folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    for key in ["first", "second"] {
        put(&journal, key, EntryState::Made).await;
    }
    drop(journal);
    let text = fs::read_to_string(&path).unwrap();
    for (damaged, reason) in [
        (text.replacen("\"first\"", "first", 1), "line 2 is damaged"),
        (
            text.replacen("\"version\":1", "\"version\":2", 1),
            "it has version 2, but this program supports only version 1",
        ),
        ("name,address\n".repeat(20), "it is not a purchase journal"),
        ("name,address".to_owned(), "it is not a purchase journal"),
    ] {
        fs::write(&path, &damaged).unwrap();
        let error = Journal::file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
}

#[tokio::test]
async fn long_journal_is_compacted_while_another_process_uses_it() {
    let (_folder, path) = folder();
    let (one, two) = (Journal::file(&path).unwrap(), Journal::file(&path).unwrap());
    for number in 0..600 {
        let journal = if number % 2 == 0 { &one } else { &two };
        put(journal, &format!("order-{}", number % 10), EntryState::Made).await;
    }
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 80 * 1024, "{length} bytes");
    for journal in [one, two, Journal::file(&path).unwrap()] {
        assert_eq!(journal.store().list().await.unwrap().len(), 10);
    }
}

/// Several handles write at the same time, each in its own thread.
#[test]
fn concurrent_claims_of_a_key_succeed_once() {
    let (_folder, path) = folder();
    let path = Arc::new(path);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = Arc::clone(&path);
            std::thread::spawn(move || {
                let journal = Journal::file(&*path).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let claim = |number: u32| {
                    let entry = entry(&format!("order-{number}"));
                    let claimed = runtime.block_on(journal.store().claim(&entry, MINUTE)).unwrap().is_none();
                    if claimed {
                        let made = JournalEntry { state: EntryState::Made, ..entry };
                        runtime.block_on(journal.store().write(&made)).unwrap();
                    }
                    claimed
                };
                (0..20).filter(|number| claim(*number)).count()
            })
        })
        .collect();
    let claims: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(claims, 20);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_current_user_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    for number in 0..400 {
        // The file is also compacted.
        put(&journal, &format!("order-{}", number % 3), EntryState::Made).await;
    }
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    drop(journal);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the file of the process is removed");
}

#[tokio::test]
async fn unusable_file_is_an_error_with_its_path() {
    let (folder, path) = folder();
    for path in [folder.path(), &folder.path().join("missing/purchases.journal")] as [&Path; 2] {
        let error = Journal::file(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    // The file becomes unusable while the journal is open.
    let journal = Journal::file(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = journal.store().claim(&entry("order-1"), MINUTE).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Journal && error.to_string().contains("read and write"), "{error}");
}

/// Uses the file of a kernel setting, which not even root can write.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn read_only_file_is_an_error_when_it_is_opened() {
    let (_folder, path) = folder();
    std::os::unix::fs::symlink("/proc/sys/kernel/ostype", &path).unwrap();
    let error = Journal::file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("Permission denied"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_link_opens_the_same_journal() {
    let (folder, path) = folder();
    let link = folder.path().join("link.journal");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (through_link, direct) = (Journal::file(&link).unwrap(), Journal::file(&path).unwrap());
    assert_eq!(through_link.store().claim(&entry("order-1"), MINUTE).await.unwrap(), None);
    assert!(direct.store().claim(&entry("order-1"), MINUTE).await.unwrap().is_some_and(|claim| claim.is_running));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

/// Text that another program, such as an editor, appended is not discarded silently.
#[tokio::test]
async fn line_of_another_program_is_reported_as_damage() {
    let (_folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"hello\n").unwrap();
    let error = journal.entry("order-1").await.unwrap_err();
    assert!(error.to_string().contains("line 2 is damaged"), "{error}");
}
