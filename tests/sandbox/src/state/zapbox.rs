//! Zapbox, the shared inbox: emails and labels of the connected accounts.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Domain, Mailbox, State, WorkspaceKey};
use crate::clock::Timestamp;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Number of mailboxes per workspace that initially contain mail.
const ACCOUNTS_WITH_MAIL: usize = 3;

/// The initial label of these mailboxes.
const LABEL: &str = "Interested";

/// The folder of received emails.
const INBOX: &str = "INBOX";

/// The folder of sent emails.
pub(crate) const SENT: &str = "SENT";

/// An email. The service's fields are not known (zapbox.yaml); these are the basic ones.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mail {
    /// Sequence number; newer emails have higher numbers.
    pub(crate) number: u64,
    /// Mailbox that contains the email.
    pub(crate) account: Uuid,
    pub(crate) thread: u64,
    pub(crate) folder: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) cc: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) labels: Vec<String>,
    pub(crate) date: Timestamp,
    pub(crate) warm_up: bool,
    pub(crate) attachment: Option<Attachment>,
}

/// A file attached to an email.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) filename: String,
}

/// A label of an account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) account: Uuid,
    pub(crate) name: String,
    pub(crate) color: String,
}

/// All emails and labels, and the consent to show them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Zapbox {
    /// Whether the account's owner has consented.
    pub(crate) consent: bool,
    mails: Vec<Mail>,
    pub(crate) labels: Vec<Label>,
    threads: u64,
}

impl Default for Zapbox {
    fn default() -> Self {
        Self { consent: true, mails: Vec::new(), labels: Vec::new(), threads: 0 }
    }
}

impl Mail {
    pub(crate) fn id(&self) -> String {
        format!("message_{}", self.number)
    }

    pub(crate) fn thread_id(&self) -> String {
        format!("thread_{}", self.thread)
    }

    /// Returns whether the email is in a folder or has a label. Requests use the same parameter for both.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.folder.eq_ignore_ascii_case(folder) || self.labels.iter().any(|label| label == folder)
    }
}

impl Zapbox {
    /// Returns the emails, newest first.
    pub(crate) fn mails(&self) -> impl DoubleEndedIterator<Item = &Mail> + Clone {
        self.mails.iter().rev()
    }

    pub(crate) fn mails_mut(&mut self) -> impl Iterator<Item = &mut Mail> {
        self.mails.iter_mut()
    }

    pub(crate) fn next_thread(&mut self) -> u64 {
        self.threads += 1;
        self.threads
    }

    /// Stores an email under the next number.
    pub(crate) fn add(&mut self, mail: Mail) -> &Mail {
        let number = self.mails.len() as u64 + 1;
        self.mails.push(Mail { number, ..mail });
        &self.mails[self.mails.len() - 1]
    }
}

impl State {
    /// Returns the mailboxes of a workspace with their domains.
    pub(crate) fn mailboxes_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = (&Domain, &Mailbox)> + Clone {
        self.domains_of(workspace).flat_map(|domain| domain.mailboxes.iter().map(move |mailbox| (domain, mailbox)))
    }

    /// Adds emails to the first mailboxes of a workspace: a conversation of two emails, one with an attachment, and one
    /// of the warm-up.
    pub(super) fn add_starting_mails(&mut self, workspace: WorkspaceKey) {
        let start = self.clock.now();
        let accounts = self.mailboxes_of(workspace).take(ACCOUNTS_WITH_MAIL);
        let accounts: Vec<_> = accounts.map(|(domain, mailbox)| (mailbox.id, mailbox.address(domain))).collect();
        for (account, address) in accounts {
            let customer = "lee@customer.example.com";
            self.zapbox.labels.push(Label { account, name: LABEL.to_owned(), color: "#16a766".to_owned() });
            let conversation = self.zapbox.next_thread();
            let mail = |thread, hours: u32, subject: &str, text: &str| Mail {
                number: 0,
                account,
                thread,
                folder: INBOX.to_owned(),
                from: customer.to_owned(),
                to: address.clone(),
                cc: Vec::new(),
                subject: subject.to_owned(),
                text: text.to_owned(),
                labels: Vec::new(),
                date: start.minus(HOUR * hours),
                warm_up: false,
                attachment: None,
            };
            let outgoing = mail(conversation, 30, "Your website", "Hello Lee, shall we talk about your website?");
            let outgoing = Mail { folder: SENT.to_owned(), from: address.clone(), to: customer.to_owned(), ..outgoing };
            let reply = mail(conversation, 24, "Re: Your website", "Yes, please call me tomorrow.");
            let reply = Mail { labels: vec![LABEL.to_owned()], ..reply };
            let with_file = mail(self.zapbox.next_thread(), 12, "Our order", "The order is attached.");
            let attachment = Attachment { id: format!("attachment_{conversation}"), filename: "order.pdf".to_owned() };
            let with_file = Mail { attachment: Some(attachment), ..with_file };
            let warm_up = mail(self.zapbox.next_thread(), 6, "Lunch on Friday", "See you there.");
            let warm_up = Mail { warm_up: true, ..warm_up };
            for mail in [outgoing, reply, with_file, warm_up] {
                self.zapbox.add(mail);
            }
        }
    }
}
