//! What is read of texts and of HTML.

use crewbox_core::message::FoldKind;
use crewbox_core::reading::{Block, Inline, Link};

use super::limits::MOST_BLOCKS;
use super::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn paragraph(pieces: &[&str]) -> Block {
    let mut line = Vec::new();
    for piece in pieces {
        if !line.is_empty() {
            line.push(Inline::Break);
        }
        line.push(text(piece));
    }
    Block::Paragraph(line)
}

/// What is read of HTML as a mail brings it, without folds.
fn blocks(html: &str) -> Vec<Block> {
    let clean = crate::html::sanitise::sanitise(html);
    reading("", Some(&clean), &[]).parts.into_iter().flat_map(|part| part.blocks).collect()
}

#[test]
fn only_web_addresses_become_links_and_the_sentence_keeps_its_end() {
    let link =
        |text: &str| Inline::Link(Link { address: text.to_owned(), text: text.to_owned(), elsewhere: None });
    let pieces = |line: &str| {
        let mut out = Vec::new();
        super::text::pieces(line, &mut out);
        out
    };
    assert_eq!(
        pieces("See https://a.test/x?y=1, or (http://b.test)."),
        [text("See "), link("https://a.test/x?y=1"), text(", or ("), link("http://b.test"), text(").")]
    );
    for plain in ["javascript:alert(1)", "data:text/html,x", "a https:// b", "<script>x</script>", ""] {
        assert!(pieces(plain).iter().all(|piece| matches!(piece, Inline::Text(_))), "{plain}");
    }
    assert_eq!(pieces("https://a.test/\"onclick=x"), [link("https://a.test/"), text("\"onclick=x")]);
}

#[test]
fn quotes_of_a_text_fold_in_their_place() {
    let whole = "Hello\nyou\n\nBye\n> old\n> older\nPS";
    let start = u32::try_from(whole.find("> old").unwrap()).unwrap();
    let end = u32::try_from(whole.find("PS").unwrap()).unwrap();
    let read = reading(whole, None, &[Fold { start, end, kind: FoldKind::Quote }]);
    let counts: Vec<_> = read.parts.iter().map(|part| (part.folded, part.blocks.len())).collect();
    assert_eq!(counts, [(None, 2), (Some(FoldKind::Quote), 1), (None, 1)]);
    assert_eq!(read.parts[0].blocks[0], paragraph(&["Hello", "you"]));
}

#[test]
fn a_text_of_a_million_paragraphs_is_cut() {
    let read = reading(&"x\n\n".repeat(1_000_000), None, &[]);
    assert_eq!((read.parts[0].blocks.len(), read.is_cut), (MOST_BLOCKS, true));
    let read = reading("", Some(&"<p>x</p>".repeat(100_000)), &[]);
    assert_eq!((read.parts[0].blocks.len(), read.is_cut), (MOST_BLOCKS, true));
}

#[test]
fn lines_paragraphs_lists_and_emphasis_of_html_stay() {
    assert_eq!(
        blocks("<div>Hi Ann,</div><div><br></div><div>one</div><div>two</div><p>three</p>"),
        [paragraph(&["Hi Ann,"]), paragraph(&["one", "two"]), paragraph(&["three"])]
    );
    assert_eq!(
        blocks("a  <b>b</b>c <i> d</i>\n e<br>f"),
        [Block::Paragraph(vec![
            text("a "),
            Inline::Strong("b".to_owned()),
            text("c "),
            Inline::Strong("d".to_owned()),
            text(" e"),
            Inline::Break,
            text("f")
        ])]
    );
    assert_eq!(
        blocks("Before<ol start=3><li>x</li><li><p>y</p><ul><li>z</li></ul></li></ol>after"),
        [
            paragraph(&["Before"]),
            Block::List(
                Some(3),
                vec![
                    vec![paragraph(&["x"])],
                    vec![paragraph(&["y"]), Block::List(None, vec![vec![paragraph(&["z"])]])]
                ]
            ),
            paragraph(&["after"])
        ]
    );
    assert_eq!(blocks("<h2>Offer</h2><hr>x")[..2], [Block::Heading(vec![text("Offer")]), Block::Rule]);
    assert_eq!(blocks("<pre>a  b\nc</pre>"), [paragraph(&["a  b", "c"])]);
}

#[test]
fn a_link_keeps_its_text_and_tells_where_it_leads_if_that_differs() {
    let link = |html: &str| match blocks(html).remove(0) {
        Block::Paragraph(line) => line,
        other => panic!("{other:?}"),
    };
    let to = |address: &str, text: &str, elsewhere: Option<&str>| {
        Inline::Link(Link {
            address: address.to_owned(),
            text: text.to_owned(),
            elsewhere: elsewhere.map(str::to_owned),
        })
    };
    assert_eq!(
        link("see <a href='https://evil.test/x'>bank.example</a> now"),
        [text("see "), to("https://evil.test/x", "bank.example", Some("evil.test")), text(" now")]
    );
    assert_eq!(link("<a href='javascript:x'>y</a>"), [text("y")]);
    assert_eq!(
        link("<a href='https://a.test/?b=1&amp;c=2'><b>our</b> offer</a>"),
        [to("https://a.test/?b=1&c=2", "our offer", None)]
    );
}

#[test]
fn a_table_of_values_stays_one_and_a_layout_is_read_in_order() {
    let cell = |words: &str| vec![text(words)];
    assert_eq!(
        blocks("<table><tr><th>Seats</th><th>Price</th></tr><tr><td>12</td><td>€ 90</td></tr></table>"),
        [Block::Table(vec![vec![cell("Seats"), cell("Price")], vec![cell("12"), cell("€ 90")]])]
    );
    assert_eq!(
        blocks("<table><tr><td><table><tr><td><p>Hello</p><p>you</p></td></tr></table></td></tr></table>"),
        [paragraph(&["Hello"]), paragraph(&["you"])]
    );
}

#[test]
fn what_the_text_folds_the_tree_folds() {
    let html = crate::html::sanitise::sanitise(
        "<div>Yes, Tuesday.<br>On Mon, Ann wrote:</div><blockquote>Does <b>Tuesday</b> work?<ul><li>or Friday</li></ul></blockquote><div>PS: bring it</div>",
    );
    let text = "Yes, Tuesday.\nOn Mon, Ann wrote:\n\n> Does Tuesday work?\n> * or Friday\n\nPS: bring it";
    let at = |words: &str| u32::try_from(text.find(words).unwrap()).unwrap();
    let folds = [Fold { start: at("On Mon"), end: at("PS"), kind: FoldKind::Quote }];
    let read = reading(text, Some(&html), &folds);
    let counts: Vec<_> = read.parts.iter().map(|part| (part.folded, part.blocks.len())).collect();
    assert_eq!(counts, [(None, 1), (Some(FoldKind::Quote), 2), (None, 1)], "{read:#?}");
    assert_eq!(read.parts[0].blocks[0], paragraph(&["Yes, Tuesday."]));
    assert!(matches!(read.parts[1].blocks[1], Block::Quote(_)));
}

#[test]
fn remote_pictures_are_counted_and_so_are_those_that_only_report() {
    let html = crate::html::sanitise::sanitise(
        "<p>Hi</p><img src='https://t.test/o.gif' width=1 height=1><img src='https://t.test/logo.png' alt='Our logo'>",
    );
    let read = reading("Hi", Some(&html), &[]);
    assert_eq!((read.blocked_images, read.blocked_trackers, read.has_layout), (1, 1, true));
    assert_eq!(read.tracker_hosts, ["t.test"]);
    assert!(!reading("Hi", Some("<p>Hi</p>"), &[]).has_layout);
}

#[test]
fn deep_and_unbalanced_input_ends() {
    let deep =
        format!("{}x{}", "<blockquote><ul><li>".repeat(5_000), "</li></ul></blockquote>".repeat(5_000));
    assert_eq!(reading("", Some(&deep), &[]).parts.len(), 1);
    for html in
        ["</td></table>x", "<table><td>x", "<ul>x<li>y", "<li>x</li>", "<a href=\"https://a.test\">x", "<"]
    {
        assert!(!reading("", Some(html), &[]).is_cut, "{html}");
    }
}
