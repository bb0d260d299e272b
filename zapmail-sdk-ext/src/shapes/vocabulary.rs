//! The vocabulary of names that may be recorded, and the detection of keys that are data.

use std::collections::HashSet;

use serde_json::Value;
use zapmail_openapi::document::{elements, entries, operations, parameters, text};

use super::kind::is_uuid;

/// Maximum length of a recorded name, in bytes, and its maximum number of words.
const MAX_NAME_LENGTH: usize = 40;
const MAX_WORDS: usize = 6;

/// Words that are common in the names of APIs, in addition to those of the document. None of them is the name of a
/// person, a company or a place, or a common name of a team, a tag or a mailbox.
const COMMON: &str = "
    abuse accept accepted access acknowledged activity actual addon addons affected after alert alerts alias
    allocated allocation allow allowance allowed alternate answer api archived array assign assignee assignment
    async attached attempt attempts attribute attributes audit authorized automatic badge base before begin billed
    blacklist blacklisted blocked boolean bought bounce bounced bounces broken bucket build builds byte bytes cache
    cached calculated callback canceled candidate candidates capacity category cause certificate change changed
    changes channel character check checked checks child children choice claimed class clicked clicks closed cname
    collection column command comment common complete completed completion component condition config configuration
    configured confirm confirmed connection connections consent consumed container conversation cookie copy core
    correct created creator credit criteria critical cursor custom daily dashboard database default defaults delay
    delete deletion delivered delivery dependency deploy deployed deployment depth description detail detected
    device diagnostic difference digest direction directory disconnected display document done download downloads
    draft due duplicate duration edit editable element eligible empty encoded encoding encrypted encryption endpoint
    endpoints engine entity entries entry environment errors estimate estimated evaluation exceeded execution
    existing exists expiration expiry explanation extension external extra factor fetch fetched field file files
    final finished flag flags folder folders footer format found frequency function future gateway generated
    generation global group handler hash header headers health healthy height hidden history hits hosted hour hours
    html http https icon identifier identity image images import imported inactive incoming information initial
    input insert installed instance instant integration interval inventory ip isolated issue issued issues item
    items iteration job jobs json kind known landing last latest layout left length level lifetime limited limits
    line linked links list listed listing live load locale location locked log logo logs maintenance manual mapping
    matched matches maximum mean media median member members method migrated migration milliseconds minute minutes
    missing mode model modified module month months more moved multiple naked nameserver nameservers nested network
    node none note number numbers object observed offer offers offline offset online only open opened opens
    operation operations option optional options order ordered ordering orders origin other outcome outgoing output
    overall owned owner package paid parameter parameters parent part partial passed path paths paused pending
    percent percentage period permission permissions pixel place point policy pool port position posted posture
    preferred prefix preview primary private process processed processing product profiles project properties
    property protected protection protocol provision provisioned provisioning proxy public published purchase
    purchases query question queue quota random range ranking raw reachable read ready received recent recipient
    recipients reconnect redirect redirects reference references refresh refund refunded region registrar
    registration registry rejected related relation release removal renewed replaced replied replies report reported
    reports reputation request requested requester requests resent reserved resolved resolver resource resources
    response responses restored result results resume retries reviewed revision revoked root row rows rule rules run
    running sample scan scanned schedule schema scope scopes screen screenshot second secondary seconds section
    security select selected selection self send sender senders sent sequence serial series server session sessions
    set severity shape share shared short shown sign signature signed simple single site sites size skipped snapshot
    source sources spent split stage standard started starts state statistics stats step steps stop stopped storage
    stored string structure style submitted succeeded suffix suggested suggestion suggestions summary supported
    suspended sync synced system table target task tasks template templates temporary tenant terms text thumbnail
    ticket time timeline timeout times timestamp timezone title tld toggle token top totals trace trend trigger
    triggered types unassigned undelivered unique unit units unknown unlimited unread unsubscribe unsubscribed
    unverified upcoming upload uploaded uptime urls usage utc valid validated validation validity value values
    variable variables variant variants vendor verification verified verify version versions views visible visits
    volume waiting warm warmup warning warnings webhook webhooks website weekly weight whitelist whois width window
    with without write written yearly
";

/// The names and words that may be recorded.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The names in the document, reduced to letters and digits.
    names: HashSet<String>,
    words: HashSet<String>,
}

impl Vocabulary {
    /// Builds the vocabulary of a document: the names of its properties, parameters and operations, and common words.
    pub fn of(document: &Value) -> Self {
        let mut names = Vec::new();
        for (_, schema) in entries(&document["components"]["schemas"]) {
            collect(schema, &mut names);
        }
        for operation in operations(document) {
            names.extend(parameters(document, operation.value).map(|parameter| text(&parameter["name"])));
        }
        let ids = operations(document).map(|operation| operation.id);
        let words = names.iter().copied().chain(ids).flat_map(words).filter(|word| is_word(word));
        let words = words.chain(COMMON.split_whitespace().map(str::to_owned)).collect();
        Self { names: names.into_iter().map(normalized).collect(), words }
    }

    /// Returns whether a key is a name that reveals nothing about an account.
    pub fn permits(&self, key: &str) -> bool {
        if key.len() > MAX_NAME_LENGTH || !is_identifier(key) {
            return false;
        }
        let words = words(key);
        self.names.contains(&normalized(key))
            || ((1..=MAX_WORDS).contains(&words.len()) && words.iter().all(|word| self.knows(word)))
    }

    /// Returns whether a word is known, in the singular or the plural.
    fn knows(&self, word: &str) -> bool {
        let singular = ["s", "es"].iter().filter_map(|suffix| word.strip_suffix(suffix));
        let is_known = |word: &str| self.words.contains(word);
        is_word(word) && (is_known(word) || is_known(&format!("{word}s")) || singular.into_iter().any(is_known))
    }
}

/// Collects the names of the properties of a schema.
fn collect<'a>(schema: &'a Value, names: &mut Vec<&'a str>) {
    for (name, property) in entries(&schema["properties"]) {
        names.push(name);
        collect(property, names);
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|keyword| schema.get(keyword)) {
        collect(inner, names);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        elements(&schema[keyword]).for_each(|alternative| collect(alternative, names));
    }
}

/// Returns whether a key that the vocabulary does not permit looks like data.
pub(super) fn is_data(key: &str) -> bool {
    // Names often end with one digit, as in `line2`.
    let digits = key.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(key);
    key.len() > MAX_NAME_LENGTH
        || !is_identifier(key)
        || is_uuid(key)
        || digits.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns whether a key is `[A-Za-z_$][A-Za-z0-9_-]*`.
fn is_identifier(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'_' | b'$'))
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Returns whether a part of a name can be a word of the vocabulary: at least two letters, and nothing else.
fn is_word(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Removes the case convention of a name: `warm-up_score` and `warmUpScore` become equal.
fn normalized(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Splits a name in any case convention into its words, in lower case: `DNSRecordId` becomes `dns`, `record` and `id`.
fn words(name: &str) -> Vec<String> {
    let letters = name.as_bytes();
    let mut words = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|index| letters.get(index));
        let is_first = letter.is_ascii_uppercase()
            && (previous.is_some_and(|previous| !previous.is_ascii_uppercase())
                || letters.get(index + 1).is_some_and(u8::is_ascii_lowercase));
        if is_first || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(char::from(letter.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Vocabulary, is_data, words};

    #[test]
    fn name_is_split_into_words_in_any_case_convention() {
        for name in ["warmUpScore", "WarmUpScore", "warm_up_score", "warm-up-score", "WARM_UP_SCORE"] {
            assert_eq!(words(name), ["warm", "up", "score"], "{name}");
        }
        assert_eq!(words("DNSRecordID"), ["dns", "record", "id"]);
        assert!(words("_$-").is_empty());
    }

    #[test]
    fn name_is_permitted_if_the_document_has_it_or_its_words() {
        let document = json!({"components": {"schemas": {
            "Site": {"properties": {"ns1Host": {}, "faviconUrl": {"properties": {"cropBox": {}}}}},
            "Sites": {"properties": {"seatsLeft": {}}},
            "Zones": {"type": "array", "items": {"oneOf": [{"properties": {"zoneName": {}}}]}},
        }}});
        let vocabulary = Vocabulary::of(&document);
        for name in ["ns1Host", "ns1_host", "NS1-HOST", "crop_boxes", "zoneUrls", "seatZone", "_box"] {
            assert!(vocabulary.permits(name), "{name}");
        }
        for name in
            ["ns2Host", "host1", "dana", "danaUrl", "crop box", "crop.box", "zoné", "", "_", "a", "1", &"url".repeat(9)]
        {
            assert!(!vocabulary.permits(name), "{name}");
        }
    }

    #[test]
    fn key_that_cannot_be_a_name_looks_like_data() {
        let data = [
            "example.com",
            "a@b.io",
            "a b",
            "7",
            "7a",
            "a12",
            "i2c",
            "zoë",
            "",
            "5d0f1a52-7d55-4f28-9e6a-0b1c2d3e4f50",
        ];
        for key in data.into_iter().chain(["a5d0f1a5-7d55-4f28-9e6a-0b1c2d3e4f50", "sub_1Example", &"a".repeat(41)]) {
            assert!(is_data(key), "{key}");
        }
        for key in ["dana", "line2", "_x", "$ref", "some-key"] {
            assert!(!is_data(key), "{key}");
        }
    }
}
