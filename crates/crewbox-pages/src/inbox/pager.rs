//! The way to every page of a list: a link to each while they are few, else a field for its number.
//!
//! Owns when which of them is shown. The list says how many conversations there are.

use askama::Template;

use super::place::Place;

/// Pages that have a link each: more do not fit below the list.
const MOST_LINKS: u64 = 5;

/// The pages of a list.
#[derive(Template)]
#[template(path = "pager.html")]
pub(super) struct Pager {
    page: u64,
    last: u64,
    previous: Option<String>,
    next: Option<String>,
    /// Number and address of each; empty where there are one or too many.
    links: Vec<(u64, String)>,
    /// The form that goes to a page by its number, where they are too many.
    form: Option<Form>,
}

struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Pager {
    /// The pages of a list of `total` conversations, of which `rows` make a page; `shown` of them are on this one.
    pub(super) fn of(place: &Place, total: u64, rows: u64, shown: u64) -> Self {
        let page = place.page;
        let last = total.div_ceil(rows).max(1);
        let links = if (2..=MOST_LINKS).contains(&last) { last } else { 0 };
        let to = |page| place.at_page(page).path();
        let form = || {
            let query = place.at_page(1).query();
            let hidden = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            Form { action: format!("/inbox/{}", place.view.path), hidden }
        };
        let end = (page - 1).saturating_mul(rows).saturating_add(shown);
        Self {
            page,
            last,
            previous: (page > 1).then(|| to(page - 1)),
            next: (end < total && shown > 0).then(|| to(page + 1)),
            links: (1..=links).map(|page| (page, to(page))).collect(),
            form: (last > MOST_LINKS).then(form),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pages_have_a_link_each_and_many_a_field() {
        let pager = |query: &str, total, shown| {
            let place = Place::parse("inbox", None, query).unwrap();
            Pager::of(&place, total, 20, shown)
        };
        let links = |total| pager("", total, total.min(20)).links.len();
        assert_eq!([0, 1, 20, 21, 100, 101].map(links), [0, 0, 0, 2, 5, 0]);
        assert!(pager("", 20, 20).next.is_none() && pager("", 20, 20).previous.is_none());
        let many = pager("q=ada&page=3", 2_000, 20);
        assert_eq!((many.page, many.last), (3, 100));
        assert_eq!(many.previous.as_deref(), Some("/inbox/inbox?q=ada&page=2"));
        assert_eq!(many.next.as_deref(), Some("/inbox/inbox?q=ada&page=4"));
        let form = many.form.unwrap();
        assert_eq!((&*form.action, form.hidden), ("/inbox/inbox", vec![("q".to_owned(), "ada".to_owned())]));
        assert!(pager("page=9", 25, 0).next.is_none(), "beyond the end there is nothing");
    }
}
