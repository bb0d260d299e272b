//! Tests of unknown operations. The output of `expand` is tested in its module, without a build of the client.

use crate::run;

#[test]
fn unknown_operation_suggests_a_similar_name() {
    for command in ["drift", "expand"] {
        let (code, printed, errors) = run(&[command, "list_mailbox"]);
        assert_eq!((code, printed.as_str()), (2, ""));
        assert_eq!(errors, "error: unknown operation list_mailbox; did you mean list_mailboxes?\n", "{command}");
    }
}
