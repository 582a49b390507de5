//! A fault that a rule reports.

/// Something that breaks a rule: where, what, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) what: String,
    pub(super) remedy: &'static str,
}

impl Fault {
    pub(super) fn new(path: &str, line: usize, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), remedy }
    }
}
