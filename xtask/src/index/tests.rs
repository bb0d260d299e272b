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
fn line_with_too_few_columns_is_reported() {
    let folder = Folder::copied();
    folder.write("operations.tsv", "operation_id\tmethod\nget_user\tGET\n");
    let message = format!("{:#}", read(folder.path()).unwrap_err());
    assert!(message.contains("operations.tsv, line 2: 2 columns instead of 10"), "{message}");
}
