//! How many conversations a category, a tag or a client has, with a link to their list, and numbers of other things in
//! words.

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::conversation::ListFilter;
use crewbox_core::saved_view::SavedList;
use crewbox_core::view::View;

use crate::app::Pages;
use crate::guard::Visitor;
use crate::inbox::{Place, count};

/// A number of conversations, and the list that has exactly those.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% if count == 0 %}No conversations{% else %}<a class=\"as-link\" href=\"{{ path }}\">{{ count }}&#160;conversation{% if count != 1 %}s{% endif %}</a>{% endif %}"
)]
pub(super) struct Conversations {
    count: u64,
    path: String,
}

/// How many there are of each of these: the number, its word for one and for several. What there is none of is left out.
pub(super) fn numbers(of: &[(usize, &str, &str)]) -> String {
    let some = of.iter().filter(|(number, ..)| *number > 0);
    let words =
        some.map(|(number, one, several)| format!("{number} {}", if *number == 1 { one } else { several }));
    words.collect::<Vec<_>>().join(", ")
}

impl Conversations {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All conversations that pass a filter, archived ones too. The index counts them.
    ///
    /// # Errors
    /// As for a list.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, filters: ListFilter) -> Result<Self, Refusal> {
        let place = Place::of_list(&SavedList { view: View::Everything, filters, sort: None });
        let count = count(pages, visitor, &place, None).await?;
        Ok(Self { count, path: place.path() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_words_where_there_are_any() {
        let words = |one, other| numbers(&[(one, "campaign", "campaigns"), (other, "mailbox", "mailboxes")]);
        assert_eq!(words(0, 0), "");
        assert_eq!(words(1, 0), "1 campaign");
        assert_eq!(words(12, 2), "12 campaigns, 2 mailboxes");
    }
}
