//! DNS records, and the changes to the default records of a domain.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A DNS record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DnsRecord {
    pub(crate) id: Uuid,
    /// Host name relative to the domain; `@` for the domain itself.
    pub(crate) host: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) priority: Option<u16>,
}

impl DnsRecord {
    /// Returns the absolute name of the record. `domain` is the domain's name.
    pub(crate) fn full_name(&self, domain: &str) -> String {
        match &*self.host {
            "@" => domain.to_owned(),
            host => format!("{host}.{domain}"),
        }
    }
}

/// The changes to the default records of a domain. Most domains have no changes, so the default records are not stored
/// but created on demand.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Zone {
    /// Added records, and changed default records.
    written: Vec<DnsRecord>,
    /// Ids of deleted records.
    deleted: Vec<Uuid>,
}

impl Zone {
    /// Returns the records after the changes.
    pub(super) fn apply(&self, mut records: Vec<DnsRecord>) -> Vec<DnsRecord> {
        records.retain(|record| !self.deleted.contains(&record.id));
        for written in &self.written {
            match records.iter_mut().find(|record| record.id == written.id) {
                Some(record) => record.clone_from(written),
                None => records.push(written.clone()),
            }
        }
        records
    }

    /// Adds a record, or replaces the one with the same id.
    pub(crate) fn write(&mut self, record: DnsRecord) {
        self.written.retain(|other| other.id != record.id);
        self.written.push(record);
    }

    /// Deletes the record with this id, added or default.
    pub(crate) fn delete(&mut self, id: Uuid) {
        self.written.retain(|record| record.id != id);
        self.deleted.push(id);
    }
}
