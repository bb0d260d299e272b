//! The rules for the DNS records of a domain, according to the public documentation of the providers.

use std::{fmt, iter};

use zapmail_sdk::types::ServiceProvider;

use super::DnsProblem;
use super::record::{APEX, Record};
use super::texts;
use crate::names;

/// The records that a provider requires.
struct Rules {
    /// Domains of the provider's mail servers.
    mx: &'static [&'static str],
    /// The domain that the SPF record includes.
    spf: &'static str,
    dkim: Dkim,
}

/// The names of a provider's DKIM records.
enum Dkim {
    /// One record, at a name that the administrator chooses; this is the usual name.
    AnyOne(&'static str),
    /// A record at each of these names.
    All(&'static [&'static str]),
}

const GOOGLE: Rules =
    Rules { mx: &["google.com", "googlemail.com"], spf: "_spf.google.com", dkim: Dkim::AnyOne("google._domainkey") };

const MICROSOFT: Rules = Rules {
    mx: &["mail.protection.outlook.com", "mx.microsoft"],
    spf: "spf.protection.outlook.com",
    // The provider alternates between the two when it rotates its keys.
    dkim: Dkim::All(&["selector1._domainkey", "selector2._domainkey"]),
};

const DMARC_HOST: &str = "_dmarc";

/// Returns the problems of a domain with these records.
pub(super) fn problems(provider: Option<&ServiceProvider>, records: &[Record]) -> Vec<DnsProblem> {
    let rules = match provider.map(|provider| ServiceProvider::from(provider.as_str())) {
        Some(ServiceProvider::Google) => Some(&GOOGLE),
        Some(ServiceProvider::Microsoft) => Some(&MICROSOFT),
        _ => None,
    };
    let mut problems = rules.map(|rules| rules.mx_problems(records)).unwrap_or_default();
    problems.extend(spf_problems(rules, records));
    problems.extend(rules.map(|rules| rules.dkim_problems(records)).unwrap_or_default());
    problems.extend(dmarc_problem(records));
    problems
}

impl Rules {
    fn mx_problems(&self, records: &[Record]) -> Vec<DnsProblem> {
        let servers: Vec<_> = values(records, APEX, "MX").collect();
        if servers.is_empty() {
            return vec![DnsProblem::MissingMx];
        }
        let is_foreign = |server: &&str| !self.mx.iter().any(|domain| names::is_in(server, domain));
        let problem = |server: &str| DnsProblem::ForeignMx { value: server.to_owned() };
        servers.into_iter().filter(is_foreign).map(problem).collect()
    }

    fn dkim_problems(&self, records: &[Record]) -> Vec<DnsProblem> {
        let has =
            |is_host: &dyn Fn(&str) -> bool| records.iter().any(|record| is_host(&record.host) && has_key(record));
        let missing: Vec<_> = match self.dkim {
            Dkim::AnyOne(usual) => iter::once(usual).filter(|_| !has(&|host| host.ends_with("._domainkey"))).collect(),
            Dkim::All(hosts) => hosts.iter().copied().filter(|required| !has(&|host| host == *required)).collect(),
        };
        missing.into_iter().map(|host| DnsProblem::MissingDkim { host: host.to_owned() }).collect()
    }

    /// Returns whether an SPF record includes the provider, or a domain that may include the provider in turn. The
    /// domain of the other provider does not.
    fn may_be_included_in(&self, spf: &str) -> bool {
        let others: Vec<_> =
            [&GOOGLE, &MICROSOFT].map(|rules| rules.spf).into_iter().filter(|spf| *spf != self.spf).collect();
        texts::spf_includes(spf).any(|domain| !others.contains(&domain.as_str()))
    }
}

/// Returns whether a record contains a DKIM key, or the name of a record that does.
fn has_key(record: &Record) -> bool {
    match record.kind.as_str() {
        "CNAME" => true,
        "TXT" => texts::has_dkim_key(&record.value),
        _ => false,
    }
}

fn spf_problems(rules: Option<&Rules>, records: &[Record]) -> Vec<DnsProblem> {
    let records: Vec<_> = values(records, APEX, "TXT").filter(|text| texts::is_spf(text)).collect();
    let mut problems = Vec::new();
    if records.len() > 1 {
        problems.push(DnsProblem::SeveralSpf);
    }
    let Some(rules) = rules else { return problems };
    if records.is_empty() {
        problems.push(DnsProblem::MissingSpf);
    } else if !records.iter().any(|record| rules.may_be_included_in(record)) {
        problems.push(DnsProblem::SpfWithoutProvider { include: rules.spf.to_owned() });
    }
    problems
}

fn dmarc_problem(records: &[Record]) -> Option<DnsProblem> {
    let found = values(records, DMARC_HOST, "TXT").filter(|text| texts::is_dmarc(text)).count();
    match found {
        // The CNAME record points to another name, which is not looked up.
        0 if values(records, DMARC_HOST, "CNAME").next().is_some() => None,
        0 => Some(DnsProblem::MissingDmarc),
        1 => None,
        _ => Some(DnsProblem::SeveralDmarc),
    }
}

/// Returns the values of the records with this host and type.
fn values<'a>(records: &'a [Record], host: &'a str, kind: &'a str) -> impl Iterator<Item = &'a str> {
    records.iter().filter(move |record| record.host == host && record.kind == kind).map(|record| record.value.as_str())
}

/// A kind of record that a host can have only once: SPF fails if there are two, and receivers ignore both of two DMARC
/// records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unique {
    Spf,
    Dmarc,
}

impl Unique {
    pub fn of(record: &Record) -> Option<Self> {
        let is_dmarc_host = record.host == DMARC_HOST || record.host.starts_with("_dmarc.");
        match record.kind.as_str() {
            "TXT" if texts::is_spf(&record.value) => Some(Self::Spf),
            "TXT" if is_dmarc_host && texts::is_dmarc(&record.value) => Some(Self::Dmarc),
            // It may point to a DMARC record.
            "CNAME" if is_dmarc_host => Some(Self::Dmarc),
            _ => None,
        }
    }

    /// Returns whether a record would be the second of its kind at its host.
    pub fn is_second(record: &Record, present: &[Record]) -> bool {
        Self::of(record).is_some_and(|kind| {
            present.iter().any(|other| other != record && other.host == record.host && Self::of(other) == Some(kind))
        })
    }
}

impl fmt::Display for Unique {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Spf => "SPF",
            Self::Dmarc => "DMARC",
        })
    }
}
