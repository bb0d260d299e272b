//! The stores of a journal: what is written is there, whatever ends in between.

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

const MINUTE: Duration = Duration::from_secs(60);

fn entry(key: &str) -> JournalEntry {
    let request = Request::new(Method::POST, "http://127.0.0.1/v2/wallet/buy-addon-mailboxes".parse().unwrap());
    JournalEntry::new(key, operations::find("purchase_addon_mailboxes").unwrap(), None, &request)
}

/// Brings the entry of a key into a state, whether it is taken or not.
async fn put(journal: &Journal, key: &str, state: EntryState) -> JournalEntry {
    let new = entry(key);
    let known = journal.store().claim(&new, MINUTE).await.unwrap().map(|claim| claim.entry);
    let entry = JournalEntry { state, ..known.unwrap_or(new) };
    journal.store().write(&entry).await.unwrap();
    entry
}

/// A folder and the path of a journal in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purchases.journal");
    (folder, path)
}

/// What both stores do, with two handles as of two processes.
async fn check_store(one: Journal, two: Journal) {
    // Of two, one takes the key.
    let wanted = entry("order-1");
    assert_eq!(one.store().claim(&wanted, MINUTE).await.unwrap(), None);
    let claim = two.store().claim(&entry("order-1"), MINUTE).await.unwrap().unwrap();
    assert!(claim.is_running && claim.entry == wanted);
    // The same claim has more time.
    assert_eq!(one.store().claim(&wanted, MINUTE).await.unwrap(), None);
    let error = two.resolve("order-1", PurchaseOutcome::Happened).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");

    // What was made stays made.
    one.store().write(&JournalEntry { state: EntryState::Sent, ..wanted.clone() }).await.unwrap();
    let response = Some(RecordedResponse { status: 200, body: "{}".to_owned() });
    let made = JournalEntry { response, state: EntryState::Made, ..wanted.clone() };
    one.store().write(&made).await.unwrap();
    let claim = two.store().claim(&wanted, MINUTE).await.unwrap().unwrap();
    assert!(!claim.is_running && claim.entry.response == made.response);
    let error = two.resolve("order-1", PurchaseOutcome::DidNotHappen).await.unwrap_err();
    assert!(error.to_string().contains("the outcome of the purchase `order-1` is known"), "{error}");

    // What is unknown is settled, in both ways.
    for (key, outcome) in [("order-2", PurchaseOutcome::Happened), ("order-3", PurchaseOutcome::DidNotHappen)] {
        put(&one, key, EntryState::Unknown).await;
        assert_eq!(two.open_entries().await.unwrap().len(), 1);
        two.resolve(key, outcome).await.unwrap();
        assert_eq!(one.open_entries().await.unwrap(), []);
    }
    assert_eq!(one.entry("order-2").await.unwrap().unwrap().state, EntryState::Settled);
    assert_eq!(one.entry("order-3").await.unwrap(), None);
    let error = one.resolve("order-3", PurchaseOutcome::Happened).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");

    // A key that was freed can be taken again.
    let first = entry("order-4");
    assert_eq!(one.store().claim(&first, MINUTE).await.unwrap(), None);
    one.store().remove(&first).await.unwrap();
    assert_eq!(two.store().claim(&entry("order-4"), MINUTE).await.unwrap(), None);
    // What the first claim still wants to say does not count any more.
    for late in [one.store().remove(&first), one.store().write(&first)] {
        let error = late.await.unwrap_err();
        assert!(error.to_string().contains("the key `order-4` was freed or taken again meanwhile"), "{error}");
    }
    let keys: Vec<_> = one.store().list().await.unwrap().into_iter().map(|claim| claim.entry.key).collect();
    assert_eq!(keys, ["order-1", "order-2", "order-4"]);

    // A run is one process's at a time, and the next one has its progress.
    let begin = |journal: &Journal, workspace| {
        let journal = journal.clone();
        async move { Run::begin(&journal, "provision", "acme", workspace).await }
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
    assert_eq!(run.doing(async { 7 }).await.unwrap(), 7);
    run.end().await.unwrap();
    let run = begin(&two, None).await.unwrap();
    assert_eq!(run.progress::<Vec<u32>>("a").await.unwrap(), Some(vec![1, 2]));
    let error = run.progress::<Vec<u32>>("b").await.unwrap_err();
    assert!(error.to_string().contains("a progress of `acme` that cannot be read"), "{error}");
    // One whose key was taken meanwhile saves nothing.
    let entry = one.entry("provision: acme in the primary workspace").await.unwrap().unwrap();
    one.store().remove(&entry).await.unwrap();
    assert_eq!(run.save("a", &[3]).await.unwrap_err().kind(), ErrorKind::Journal);
    let error = Run::begin(&one, "provision", " ", None).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");

    // An entry is forgotten only if it is the one that was seen.
    let made = one.entry("order-1").await.unwrap().unwrap();
    assert!(!one.forget(&JournalEntry { claim: entry.claim, ..made.clone() }).await.unwrap());
    assert!(one.forget(&made).await.unwrap());
    assert_eq!(two.entry("order-1").await.unwrap(), None);
}

#[tokio::test]
async fn file_is_shared_by_handles() {
    let (_folder, path) = folder();
    check_store(Journal::file(&path).unwrap(), Journal::file(&path).unwrap()).await;
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn redis_is_shared_by_handles_and_names_are_apart() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let journal = |name: &str| Journal::redis(Redis::new(server.url()).unwrap(), name);
    check_store(journal("acme"), journal("acme")).await;
    assert_eq!(journal("other").entry("order-1").await.unwrap(), None);
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn purchase_in_redis_is_running_until_its_time_is_over() {
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
    // Nothing was sent of the first, so its key can be taken again, and its first owner may not send any more.
    let other = Journal::redis(Redis::new(server.url()).unwrap(), "acme");
    assert_eq!(other.store().claim(&entry("order-1"), MINUTE).await.unwrap(), None);
    let error = journal.store().write(&JournalEntry { state: EntryState::Sent, ..first }).await.unwrap_err();
    assert!(
        error.to_string().contains("it took too long, and the key `order-1` was freed or taken again meanwhile"),
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
async fn entries_of_a_handle_that_is_gone_are_not_running() {
    let (_folder, path) = folder();
    let gone = Journal::file(&path).unwrap();
    assert_eq!(gone.store().claim(&entry("claimed"), MINUTE).await.unwrap(), None);
    put(&gone, "sent", EntryState::Sent).await;
    drop(gone);
    let journal = Journal::file(&path).unwrap();
    // Nothing was sent of the one, and nobody knows of the other.
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

/// Every part of the last line, as a crash can leave it.
#[tokio::test]
async fn torn_last_line_is_dropped_and_the_rest_is_kept() {
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
            // Some file systems leave zeros.
            torn.resize(both.len() - 1, 0);
        }
        fs::write(&path, torn).unwrap();
        let journal = Journal::file(&path).unwrap();
        assert_eq!(journal.entry("torn").await.unwrap(), None, "{length}");
        assert_eq!(fs::read(&path).unwrap(), whole, "{length}");
        put(&journal, "next", EntryState::Made).await;
        assert_eq!(Journal::file(&path).unwrap().store().list().await.unwrap().len(), 2, "{length}");
    }
    // A journal of which only a part of the first line was written is an empty one.
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
        (text.replacen("\"version\":1", "\"version\":2", 1), "it has version 2, and this program knows 1"),
        ("name,address\n".repeat(20), "it is not a journal of purchases"),
        ("name,address".to_owned(), "it is not a journal of purchases"),
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

/// Writers of several handles at the same time, each with its own thread.
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
async fn only_the_user_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    for number in 0..400 {
        // It is also compacted.
        put(&journal, &format!("order-{}", number % 3), EntryState::Made).await;
    }
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    drop(journal);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the file of the process is gone");
}

#[tokio::test]
async fn file_that_cannot_be_used_is_an_error_that_names_it() {
    let (folder, path) = folder();
    for path in [folder.path(), &folder.path().join("missing/purchases.journal")] as [&Path; 2] {
        let error = Journal::file(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    // It becomes unusable while it is open.
    let journal = Journal::file(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = journal.store().claim(&entry("order-1"), MINUTE).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Journal && error.to_string().contains("read and write"), "{error}");
}

/// The file of a kernel setting, which nobody can write, not even root.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn file_that_is_read_only_is_an_error_before_anything_is_sent() {
    let (_folder, path) = folder();
    std::os::unix::fs::symlink("/proc/sys/kernel/ostype", &path).unwrap();
    let error = Journal::file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("Permission denied"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn link_leads_to_the_same_journal() {
    let (folder, path) = folder();
    let link = folder.path().join("link.journal");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (through_link, direct) = (Journal::file(&link).unwrap(), Journal::file(&path).unwrap());
    assert_eq!(through_link.store().claim(&entry("order-1"), MINUTE).await.unwrap(), None);
    assert!(direct.store().claim(&entry("order-1"), MINUTE).await.unwrap().is_some_and(|claim| claim.is_running));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

/// Foreign text at the end, such as of an editor, is not lost in silence.
#[tokio::test]
async fn line_of_another_program_is_damage() {
    let (_folder, path) = folder();
    let journal = Journal::file(&path).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"hello\n").unwrap();
    let error = journal.entry("order-1").await.unwrap_err();
    assert!(error.to_string().contains("line 2 is damaged"), "{error}");
}
