//! What the providers require of the DNS records of a domain, according to their public documentation.

use std::iter;

use zapmail_sdk::types::ServiceProvider;

use super::DnsProblem;
use super::record::{APEX, Record};

/// The records that a provider requires.
struct Rules {
    /// Domains of its mail servers.
    mx: &'static [&'static str],
    /// What the SPF record includes.
    spf: &'static str,
    dkim: Dkim,
}

/// Where a provider's DKIM keys are.
enum Dkim {
    /// At one name that the administrator chooses; this is the usual one.
    AnyOne(&'static str),
    /// At all of these names.
    All(&'static [&'static str]),
}

const GOOGLE: Rules =
    Rules { mx: &["google.com", "googlemail.com"], spf: "_spf.google.com", dkim: Dkim::AnyOne("google._domainkey") };

const MICROSOFT: Rules = Rules {
    mx: &["mail.protection.outlook.com", "mx.microsoft"],
    spf: "spf.protection.outlook.com",
    // The provider changes from one to the other when it renews its keys.
    dkim: Dkim::All(&["selector1._domainkey", "selector2._domainkey"]),
};

const DMARC_HOST: &str = "_dmarc";

/// The problems of a domain with these records.
pub(super) fn problems(provider: Option<&ServiceProvider>, records: &[Record]) -> Vec<DnsProblem> {
    let rules = match provider {
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
        let is_foreign = |server: &&str| !self.mx.iter().any(|domain| is_in(server, domain));
        let problem = |server: &str| DnsProblem::ForeignMx { value: server.to_owned() };
        servers.into_iter().filter(is_foreign).map(problem).collect()
    }

    fn dkim_problems(&self, records: &[Record]) -> Vec<DnsProblem> {
        // Either the key, or the name of a record that has it.
        let has = |host: &dyn Fn(&str) -> bool| {
            records.iter().any(|record| ["TXT", "CNAME"].contains(&&*record.kind) && host(&record.host))
        };
        let missing: Vec<_> = match self.dkim {
            Dkim::AnyOne(usual) => iter::once(usual).filter(|_| !has(&|host| host.ends_with("._domainkey"))).collect(),
            Dkim::All(hosts) => hosts.iter().copied().filter(|required| !has(&|host| host == *required)).collect(),
        };
        missing.into_iter().map(|host| DnsProblem::MissingDkim { host: host.to_owned() }).collect()
    }
}

fn spf_problems(rules: Option<&Rules>, records: &[Record]) -> Vec<DnsProblem> {
    let records: Vec<_> = values(records, APEX, "TXT").filter(|text| has_version(text, "v=spf1")).collect();
    let mut problems = Vec::new();
    if records.len() > 1 {
        problems.push(DnsProblem::SeveralSpf);
    }
    let Some(rules) = rules else { return problems };
    if records.is_empty() {
        problems.push(DnsProblem::MissingSpf);
    } else if !records.iter().any(|record| may_include_provider(record)) {
        problems.push(DnsProblem::SpfWithoutProvider { include: rules.spf.to_owned() });
    }
    problems
}

/// Whether an SPF record includes the provider, or another domain that may include it in turn.
fn may_include_provider(record: &str) -> bool {
    record.split_whitespace().any(|term| {
        let term = term.to_ascii_lowercase();
        let term = term.strip_prefix('+').unwrap_or(&term);
        let included = term.strip_prefix("include:").or_else(|| term.strip_prefix("redirect="));
        included.is_some_and(|domain| !domain.is_empty())
    })
}

fn dmarc_problem(records: &[Record]) -> Option<DnsProblem> {
    let found = values(records, DMARC_HOST, "TXT").filter(|text| has_version(text, "v=DMARC1")).count();
    match found {
        // The record is at another name, which is not read.
        0 if values(records, DMARC_HOST, "CNAME").next().is_some() => None,
        0 => Some(DnsProblem::MissingDmarc),
        1 => None,
        _ => Some(DnsProblem::SeveralDmarc),
    }
}

/// The contents of the records with this host and type.
fn values<'a>(records: &'a [Record], host: &'a str, kind: &'a str) -> impl Iterator<Item = &'a str> {
    records.iter().filter(move |record| record.host == host && record.kind == kind).map(|record| record.value.as_str())
}

/// Whether a text begins with a version, and not with a longer word.
fn has_version(text: &str, version: &str) -> bool {
    let start = text.get(..version.len()).is_some_and(|start| start.eq_ignore_ascii_case(version));
    start && text[version.len()..].chars().next().is_none_or(|next| next == ';' || next.is_whitespace())
}

/// Whether a server is in a domain: `google.com` has `smtp.google.com`, but not `mx.notgoogle.com`.
fn is_in(server: &str, domain: &str) -> bool {
    server.strip_suffix(domain).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}
