//! axe-core, which finds what keeps people from using a page, run in a page of a [`Browser`].
//!
//! Owns which rules count. The library is in `vendor` as it is published (version 4.14.1, MPL-2.0, used unchanged); it is a
//! part of tests and of nothing that is shipped.

use serde_json::{Value, json};

use crate::browser::Browser;

const AXE: &str = include_str!("../vendor/axe-4.14.1.min.js");

/// The rules of WCAG 2.2, levels A and AA, and what axe's authors advise beyond.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/// Advice that a page with one region at a time cannot follow: its `main` is the conversation, also while the list is shown.
const NOT_FOLLOWED: [&str; 1] = ["landmark-one-main"];

/// What axe finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// All that count.
    All,
    /// Contrast of text, which is all that differs between themes.
    Contrast,
}

/// What is wrong on the page that is shown, one line for each element.
#[must_use]
pub fn violations(browser: &Browser, rules: Rules) -> Vec<String> {
    if browser.text("typeof axe") != "object" {
        browser.run(AXE);
    }
    let options = match rules {
        Rules::All => {
            let off: serde_json::Map<String, Value> =
                NOT_FOLLOWED.iter().map(|rule| ((*rule).to_owned(), json!({"enabled": false}))).collect();
            json!({"runOnly": {"type": "tag", "values": RULES}, "rules": off, "resultTypes": ["violations"]})
        }
        Rules::Contrast => {
            json!({"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]})
        }
    };
    let found = browser.run_async(&format!(
        "axe.run(document, {options}).then((found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) =>
           `${{rule.impact}} ${{rule.id}}: ${{node.html.slice(0, 160)}} (${{[...node.any, ...node.all, ...node.none].map((one) => one.message).join('; ')}})`))),
         (error) => done([`axe failed: ${{error}}`]));"
    ));
    let lines = found.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
