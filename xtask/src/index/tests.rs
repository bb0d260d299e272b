use super::read;
use crate::fixture::Folder;

#[test]
fn every_line_is_an_operation() {
    let folder = Folder::copied();
    let index = read(folder.path()).unwrap();
    // The number is a literal only in this test, which therefore notices a lost line. README.md contains the same
    // number.
    assert_eq!(index.len(), 122);
    let user = index.iter().find(|entry| entry.id == "get_user").unwrap();
    let columns = [&user.method, &user.path, &user.group, &user.effect, &user.idempotent, &user.bucket, &user.paged_by];
    assert_eq!(columns, ["GET", "/v2/users", "users", "read", "true", "general", "-"]);
}

#[test]
fn invalid_line_is_reported() {
    let folder = Folder::copied();
    let lines = [
        ("get_user\tGET", "2 columns instead of 10; separate them by tabs"),
        ("a\tGET\t/a\tusers\tyes\tread\ttrue\tgeneral\t-\tA", "in_index is `yes`; write true or false"),
    ];
    for (line, expected) in lines {
        folder.write("operations.tsv", &format!("operation_id\tmethod\n{line}\n"));
        let message = format!("{:#}", read(folder.path()).unwrap_err());
        assert!(message.starts_with(&format!("operations.tsv, line 2: {expected}")), "{message}");
    }
}
