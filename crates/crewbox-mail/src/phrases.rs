//! Tables of phrases, compiled so that a text is passed once, however long the table is. Knows nothing of what
//! the phrases mean.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Anchored, Input, StartKind};

/// Phrases in lower case. Texts may be in either case as far as they are ASCII.
pub(crate) struct Phrases {
    automaton: AhoCorasick,
    phrases: Vec<&'static str>,
}

impl Phrases {
    /// Compiles a table.
    pub(crate) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let phrases: Vec<&'static str> = phrases.into_iter().collect();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .start_kind(StartKind::Anchored)
            .build(&phrases)
            .expect("a table in this source is far below the library's limits");
        Self { automaton, phrases }
    }

    /// The phrase that a text starts with, of several the shortest.
    pub(crate) fn starting(&self, text: &str) -> Option<&'static str> {
        let start = Input::new(text).anchored(Anchored::Yes);
        self.automaton.find(start).map(|found| self.phrases[found.pattern()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_where_they_are_asked_for() {
        let phrases = Phrases::new(["out of office", "office", "à mon retour"]);
        assert_eq!(phrases.starting("office hours"), Some("office"));
        assert_eq!(phrases.starting("the office"), None);
    }
}
