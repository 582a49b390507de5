//! How HTML reads as text: elements, links, quotes and signatures of mail programs. Checks the text only.

use super::*;
use crate::html::sanitise::sanitise;

fn shown(html: &str) -> String {
    to_text(&sanitise(html)).text
}

#[test]
fn lines_stay_whole() {
    let text = shown(&format!("<p>{}</p>", "long words\n".repeat(60)));
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn each_element_reads_as_people_type_it() {
    for (html, text) in [
        ("<p>a</p><p>b<br>c</p><div>d</div><div>e</div>", "a\n\nb\nc\n\nd\ne\n"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n"),
        ("<h1>Title</h1>text <b>bo</b>ld\n  and  <i>on</i>", "Title\n\ntext bold and on\n"),
        ("a<hr>b", "a\n\n---\n\nb\n"),
        (
            "<ul><li>a<li>b<ol start=9><li>c<li>d<br>e</ol><li>f</ul>g",
            "* a\n* b\n  9. c\n  10. d\n      e\n* f\n\ng\n",
        ),
        (
            "<p>yes</p><blockquote><p>old</p><p>older</p><blockquote>x</blockquote></blockquote>z",
            "yes\n\n> old\n>\n> older\n>\n> > x\n\nz\n",
        ),
        (
            "<table><tr><th>Name<th>Sum<tr><td><p>a</p></td><td><p>1</p></td></tr></table>after",
            "Name  Sum\na  1\nafter\n",
        ),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc\n"),
        ("<table><tr><td>a<td><table><tr><td>b<td>c<tr><td>d</table><td>e</table>", "a\nb  c\nd\ne\n"),
        ("<pre>fn a() {\n    b\n}</pre>end", "fn a() {\n    b\n}\n\nend\n"),
        (
            "&lt;b&gt; &amp;amp; &quot;x&quot;&nbsp;<a title='a>b' href='https://a.test'>link</a>",
            "<b> &amp; \"x\" link (https://a.test)\n",
        ),
        ("<img alt='Logo &quot;A&quot;' src=x> <img alt='' src=y>by", "Logo \"A\" by\n"),
        (
            "<blockquote style='margin:0 0 0 40px;border:none;padding:0px'>moved</blockquote>in",
            "moved\n\nin\n",
        ),
        ("<p>&nbsp;</p><p> </p>a<br><br><br><br>b<p>", "a\n\nb\n"),
    ] {
        assert_eq!(shown(html), text, "{html}");
    }
}

#[test]
fn links_keep_their_address() {
    for (html, text) in [
        (
            "Pick <a href='https://cal.test/a?b=1&amp;c=2'>a time</a>, please",
            "Pick a time (https://cal.test/a?b=1&c=2), please\n",
        ),
        ("<a href='https://www.acme.test/'>acme.test</a>", "acme.test\n"),
        ("<a href='HTTP://acme.test'>http://Acme.test/</a>.", "http://Acme.test/.\n"),
        (
            "<a href='https://safe.test/?url=https%3A%2F%2Facme.test%2Fp&amp;x=1'>https://acme.test/p</a>",
            "https://acme.test/p\n",
        ),
        (
            "<a href='mailto:lea@a.test?subject=x'>Lea@a.test</a> <a href='mailto:lea@a.test'>mail</a>",
            "Lea@a.test mail (lea@a.test)\n",
        ),
        ("<a href='tel:+4930123456'>030 123456</a>", "030 123456\n"),
        ("a<a href='https://t.test/pixel'><img src='https://t.test/p.gif' alt=''></a>b", "ab\n"),
        ("<a href='https://a.test'><div>Button</div></a><p>next</p>", "Button (https://a.test)\n\nnext\n"),
        ("<a href='#top'>up</a> <a name=x>here</a>", "up here\n"),
    ] {
        assert_eq!(shown(html), text, "{html}");
    }
}

#[test]
fn quotes_of_mail_programs_are_marked() {
    for (html, text) in [
        (
            "<div>Yes.</div><div class='gmail_quote'><div class='gmail_attr'>On Monday Ana wrote:<br></div>\
             <blockquote class='gmail_quote'>Hi</blockquote><div>Here too.</div></div>",
            "Yes.\n> On Monday Ana wrote:\n\n> Hi\n\nHere too.\n",
        ),
        (
            "FYI<div class='gmail_quote'><div class='gmail_attr'>---------- Forwarded message<br></div>Hi</div>",
            "FYI\n---------- Forwarded message\nHi\n",
        ),
        (
            "<div>Yes.</div><div class='yahoo_quoted'><div>Ana:</div><ul><li>a</ul></div><p>Below</p>",
            "Yes.\n> Ana:\n>\n> * a\n\nBelow\n",
        ),
        (
            "<p>Yes.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>Von:</b> Ana</p></div><p>Hi</p>",
            "Yes.\n\n---\n\nVon: Ana\n\nHi\n",
        ),
    ] {
        assert_eq!(shown(html), text, "{html}");
    }
}

#[test]
fn signatures_are_told() {
    let converted =
        to_text(&sanitise("<p>Y\u{1}es</p><div class=gmail_signature><p>Ana</p><p>Brand</p></div>So"));
    assert_eq!(converted.text, "Yes\n\nAna\n\nBrand\n\nSo\n");
    let told: Vec<_> = converted.signatures.iter().map(|range| &converted.text[range.clone()]).collect();
    assert_eq!(told, ["Ana\n\nBrand"]);
}

#[test]
fn deep_quotes_do_not_multiply_the_text() {
    let html = format!("{}{}", "<blockquote>".repeat(250), "x<br>".repeat(1_000));
    assert!(shown(&html).len() < 60_000);
}
