//! Finding one object of a list by its name.

use zapmail_sdk::Result;
use zapmail_sdk::types::Domain;

use crate::client::Zapmail;
use crate::page::Paged;

impl Zapmail {
    /// Returns the domain with this name, in any letter case; `None` if there is none. Of several with the same name, such as
    /// one that has expired and its successor, it is the newest.
    ///
    /// The filter of `list_domains` finds more than the name: `acme.com` also finds `getacme.com`.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// if let Some(domain) = zapmail.find_domain("acme.com").await? {
    ///     println!("{}", domain.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any of a call. Dropping the future loses nothing.
    pub async fn find_domain(&self, name: &str) -> Result<Option<Domain>> {
        let name = name.trim().to_ascii_lowercase();
        let mut found: Option<Domain> = None;
        let mut domains = self.list_domains().contains(&name).items();
        while let Some(domain) = domains.next().await? {
            let is_named = domain.domain.as_deref().is_some_and(|other| other.trim().eq_ignore_ascii_case(&name));
            if is_named && found.as_ref().is_none_or(|found| found.created_at <= domain.created_at) {
                found = Some(domain);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use crate::testing::{Reply, Service};

    #[tokio::test]
    async fn domain_is_found_by_its_whole_name() {
        let row = |number: u128, name: &str, created: &str| json!({"id": Uuid::from_u128(number), "domain": name, "createdAt": created});
        let rows = json!([
            row(1, "getacme.com", "2026-05-01T00:00:00Z"),
            row(2, "Acme.com", "2026-05-01T00:00:00Z"),
            row(3, "acme.com", "2025-05-01T00:00:00Z"),
            row(4, "acme.com.example", "2026-06-01T00:00:00Z"),
        ]);
        let page = json!({"status": 200, "data": {"totalPages": 1, "domains": rows}});
        let service = Service::replying([Reply::json(200, page)]).await;
        for name in ["acme.com", " ACME.com "] {
            let domain = service.zapmail.find_domain(name).await.unwrap().unwrap();
            assert_eq!(domain.id, Uuid::from_u128(2).into());
        }
        assert_eq!(service.zapmail.find_domain("acme").await.unwrap(), None);
    }
}
