//! `llms.txt`: the documentation's list of its pages.

use url::Url;

/// Name of the list, relative to the documentation's root.
pub const NAME: &str = "llms.txt";

/// URL of the documentation. The list contains absolute links to it.
pub const SITE: &str = "https://docs.zapmail.ai";

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPage {
    pub title: String,
    /// Path relative to the documentation's root: `get-user-13489341e0.md`.
    pub path: String,
}

/// Returns the pages of operations, in the order of the list. Other pages (guides, schemas) have other suffixes.
///
/// Links to other hosts are returned separately: nothing is fetched from there.
pub fn parse(text: &str, from: Option<&Url>) -> (Vec<ListedPage>, Vec<String>) {
    let (mut pages, mut elsewhere) = (Vec::<ListedPage>::new(), Vec::new());
    for (title, link) in text.lines().filter_map(link) {
        let Some(url) = Url::parse(SITE).ok().and_then(|site| site.join(link).ok()) else { continue };
        let path = url.path().trim_start_matches('/').to_owned();
        if page_id(&path).is_none() || !path.ends_with(".md") || pages.iter().any(|page| page.path == path) {
            continue;
        }
        let host = url.host_str();
        if host == Some("docs.zapmail.ai") || from.is_some_and(|from| from.host_str() == host) {
            pages.push(ListedPage { title: title.to_owned(), path });
        } else {
            elsewhere.push(link.to_owned());
        }
    }
    (pages, elsewhere)
}

/// Title and URL of a line: `- <group> [<Title>](<address>): <summary>`.
fn link(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.trim_start().strip_prefix("- ")?.split_once('[')?;
    let (title, rest) = rest.split_once("](")?;
    let (address, _) = rest.split_once(')')?;
    Some((title.trim(), address.trim()))
}

/// The documentation's number of an operation's page: `13489341` of `.../get-user-13489341e0.md`.
pub fn page_id(address: &str) -> Option<&str> {
    let name = address.rsplit('/').next()?.split('.').next()?;
    let number = name.strip_suffix("e0")?.rsplit('-').next()?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{ListedPage, page_id, parse};

    #[test]
    fn pages_of_operations_are_distinguished_from_other_pages() {
        let text = "# Zapmail\n\n## Docs\n- [Rate limits](https://docs.zapmail.ai/rate-limits-2467594m0.md): How many.\n\
            ## API Docs\n- Users [Retrieve User Details](https://docs.zapmail.ai/retrieve-user-details-13489341e0.md): \n\
            - Users [Retrieve User Details](https://docs.zapmail.ai/retrieve-user-details-13489341e0.md): again\n\
            - Old > Users [Users (v1)](https://docs.zapmail.ai/v1/users-2e0.md): [see](x)\n\
            - Bad [Elsewhere](https://example.com/users-3e0.md): \n- Odd [No address]\n- text\n";
        let page = |title: &str, path: &str| ListedPage { title: title.to_owned(), path: path.to_owned() };
        let (pages, elsewhere) = parse(text, None);
        assert_eq!(
            pages,
            [
                page("Retrieve User Details", "retrieve-user-details-13489341e0.md"),
                page("Users (v1)", "v1/users-2e0.md")
            ]
        );
        assert_eq!(elsewhere, ["https://example.com/users-3e0.md"]);
    }

    #[test]
    fn path_cannot_leave_the_root() {
        let (pages, _) = parse("- A [B](https://docs.zapmail.ai/../../etc/x-1e0.md)\n- A [C](/%2e%2e/y-2e0.md)", None);
        let paths: Vec<_> = pages.iter().map(|page| page.path.as_str()).collect();
        assert_eq!(paths, ["etc/x-1e0.md", "y-2e0.md"]);
    }

    #[test]
    fn page_number_is_parsed_from_the_address() {
        assert_eq!(page_id("https://docs.zapmail.ai/get-user-13489341e0"), Some("13489341"));
        assert_eq!(page_id("v1/get-user-13489341e0.md"), Some("13489341"));
        for other in ["https://docs.zapmail.ai/zapbox-2107132m0", "https://docs.zapmail.ai/llms.txt", "-e0", ""] {
            assert_eq!(page_id(other), None, "{other}");
        }
    }
}
