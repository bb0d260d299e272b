//! Names that do not exist. What `expand` prints is tested where it is picked, without a build of the client.

use crate::run;

#[test]
fn an_unknown_operation_suggests_the_nearest() {
    for verb in ["drift", "expand"] {
        let (code, printed, errors) = run(&[verb, "list_mailbox"]);
        assert_eq!((code, printed.as_str()), (2, ""));
        assert_eq!(errors, "error: no operation is called list_mailbox; did you mean list_mailboxes?\n", "{verb}");
    }
}
