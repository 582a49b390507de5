//! The first load with an empty cache: when the list can be read, how many requests come before, and how many bytes.

use crewbox_testkit::browser::Browser;
use crewbox_testkit::call::Failure;

use crate::budget::{Budget, Size, Table};

/// A kibibyte, in which the limits are.
const KIB: u64 = 1_024;
const SCRIPTS: u64 = 16 * KIB;
const STYLES: u64 = 10 * KIB;
const FIRST_PAGE: u64 = 30 * KIB;

const PAINT: &str = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
const PAGE: &str = "performance.getEntriesByType('navigation')[0]";
const FIRST_SCRIPTS: &str = "/(inbox|theme)-\\w+.js$/.test(one.name)";

/// Loads the inbox. Everything else is measured in this page.
pub(crate) fn measure(browser: &Browser, latency: u64, table: &mut Table) {
    browser.run("location.href = '/inbox/mine'");
    browser.until("location.pathname === '/inbox/mine' && document.readyState === 'complete'");
    browser.until("performance.getEntriesByType('resource').some(one => one.name.includes('/conversations?') && one.responseEnd)");
    browser.until("performance.getEntriesByName('first-contentful-paint').length");
    let readable = browser.run(&format!("return Math.max({PAINT}, {PAGE}.responseEnd)"));
    table.add(Budget::FirstLoad, latency, readable.as_f64().into_iter().collect());
    let requests = browser.run(&format!(
        "return 1 + performance.getEntriesByType('resource').filter(one => one.startTime < {PAINT}).length"
    ));
    table.add(Budget::FirstLoadRequests, latency, requests.as_f64().into_iter().collect());
}

/// Bytes of what a first page needs, and of the scripts that are loaded once there is nothing else to do.
pub(crate) fn sizes(browser: &Browser) -> Result<Vec<Size>, Failure> {
    let sum = |wanted: &str| -> Result<u64, Failure> {
        let sum = format!(
            "performance.getEntriesByType('resource').filter(one => {wanted}).reduce((sum, one) => sum + one.encodedBodySize, 0)"
        );
        Ok(browser.text(&sum).parse()?)
    };
    let later = format!("one.name.endsWith('.js') && !{FIRST_SCRIPTS}");
    Ok(vec![
        ("scripts", sum(FIRST_SCRIPTS)?, Some(SCRIPTS)),
        ("styles", sum("one.name.endsWith('.css')")?, Some(STYLES)),
        ("first page", browser.text(&format!("{PAGE}.encodedBodySize")).parse()?, Some(FIRST_PAGE)),
        ("scripts for later", sum(&later)?, None),
    ])
}
