//! Every text that others write, in every place where a page shows it, for hundreds of texts that would do harm as markup.

mod check;

use axum::http::StatusCode;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CategoryId, ConversationId, TagId};
use crewbox_core::model::{LeadFields, Sentiment};
use crewbox_store::Op;
use crewbox_testkit::vectors;

use self::check::{Document, wrong};
use super::world::{Page, World};

/// Vectors that are on one page together: each page costs some milliseconds.
const TOGETHER: usize = 12;

/// A mail with a vector in every place: names, subject, text, HTML, file name.
fn mail(vector: &str, number: usize, lead: &str) -> String {
    let line = vector.replace(['\r', '\n', '\0'], " ");
    let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "From: \"{quoted}\" <{lead}>\r\nTo: \"{quoted}\" <bo@sender.test>\r\nSubject: {line}\r\nMessage-ID: <v{number}@lead.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\
         Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {vector}\r\n\r\nhttps://x.test/{vector}\r\n\r\n> {vector}\r\n\r\n--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Hello number {number}</p>{vector}<table><tr><td>{vector}</td></tr></table>\r\n\r\n--inner--\r\n\
         --outer\r\nContent-Type: text/html; name=\"{quoted}\"\r\nContent-Disposition: attachment; filename=\"{quoted}\"\r\n\r\n\
         {vector}\r\n--outer--\r\n"
    )
}

fn assert_harmless(document: Document, what: &str, page: &Page) {
    assert_eq!(page.status, StatusCode::OK, "{what}: {}", page.html);
    let found = wrong(document, &page.html);
    assert!(found.is_empty(), "{what}: {found:#?}");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let expected = match document {
        Document::Page => {
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        }
        Document::Mail => "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; ",
    };
    assert!(policy.starts_with(expected), "{what}: {policy}");
    assert_eq!(page.headers["x-content-type-options"], "nosniff", "{what}");
}

/// Puts vectors into every field of a conversation's surroundings; the conversation.
async fn conversation(world: &World, chunk: &[&str], number: usize) -> ConversationId {
    let field = |at: usize| Some(chunk[at % chunk.len()].to_owned());
    let custom = chunk.iter().map(|vector| ((*vector).to_owned(), (*vector).to_owned()));
    let lead = format!("lead{number}@lead.test");
    let fields = LeadFields {
        email: lead.clone(),
        first_name: field(0),
        last_name: field(1),
        company: field(2),
        phone: field(3),
        website: field(4),
        location: field(5),
        linkedin_profile: field(6),
        company_url: field(7),
        custom_fields: custom.collect(),
    };
    let id = world.lead(fields).await;
    let mut tags = Vec::new();
    for (at, vector) in chunk.iter().enumerate() {
        world.mail(i64::try_from(at).unwrap() + 1, mail(vector, number * TOGETHER + at, &lead)).await;
        let tag =
            world.account.make(Op::SaveTag { tag: None, name: (*vector).to_owned(), color: None }).await;
        tags.push(TagId(tag));
    }
    let name = chunk[number % chunk.len()].to_owned();
    let category = world.account.make(Op::AddCategory { name, sentiment: Sentiment::Neutral }).await;
    let category = Edit::Category(Some(CategoryId(category)));
    for edit in [category, Edit::Tags(tags), Edit::Owner(Some(world.bo))] {
        world.account.commit(Op::Edit { conversation: id, edit }).await;
    }
    id
}

/// The addresses of a page after this text.
fn addresses(html: &str, before: &str) -> Vec<String> {
    let after = html.split(before).skip(1);
    after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_others_runs_loads_or_becomes_markup_in_any_place() {
    let world = World::new().await;
    let cookie = world.signed_in().await;
    let vectors: Vec<&str> = vectors::all().collect();
    assert!(vectors.len() >= 450, "{}", vectors.len());
    for (number, chunk) in vectors.chunks(TOGETHER).enumerate() {
        let id = conversation(&world, chunk, number).await;
        let path = format!("/inbox/inbox/{id}");
        let token = world.get("/inbox/mine", &cookie).await.hidden("token");
        for vector in chunk {
            let note = [("token", &*token), ("note", *vector)];
            world.post(&format!("{path}/note"), &cookie, &note).await;
            let task = [("token", &*token), ("text", *vector), ("when", "tomorrow")];
            world.post(&format!("{path}/task"), &cookie, &task).await;
            let reminder = [("token", &*token), ("text", *vector), ("when", "tomorrow")];
            world.post(&format!("{path}/remind"), &cookie, &reminder).await;
        }
        let page = world.get(&path, &cookie).await;
        assert_harmless(Document::Page, chunk[0], &page);
        // What was typed comes back.
        let [first, last] = [chunk[0], chunk[chunk.len() - 1]];
        for (verb, fields) in [
            ("reply", vec![("stats_id", "x"), ("reply", first)]),
            ("note", vec![("note", " \n "), ("reply", last)]),
            ("field", vec![("field", "email"), ("value", first)]),
            ("field", vec![("field", last), ("value", first)]),
            ("task", vec![("text", first), ("when", last)]),
            ("remind", vec![("text", last), ("when", first)]),
            ("snooze", vec![("when", first)]),
        ] {
            let fields: Vec<(&str, &str)> = [("token", &*token)].into_iter().chain(fields).collect();
            let page = world.post(&format!("{path}/{verb}"), &cookie, &fields).await;
            let found = wrong(Document::Page, &page.html);
            assert!(found.is_empty(), "{verb} {first}: {found:#?}");
        }
        for original in addresses(&page.html, "<iframe src=\"") {
            let frame = world.get(&original, &cookie).await;
            let (head, mail) = frame.html.split_once("</style>").unwrap();
            assert!(head.starts_with("<!doctype html><meta charset"), "{head}");
            let mail = Page { html: mail.to_owned(), ..frame };
            assert_harmless(Document::Mail, &format!("{chunk:?} {original}"), &mail);
        }
        for file in addresses(&page.html, "class=\"file\" href=\"") {
            let saved = world.get(&file, &cookie).await;
            let headers = |name: &str| saved.headers[name].to_str().unwrap().to_owned();
            let disposition = headers("content-disposition");
            assert!(disposition.starts_with("attachment; filename*=UTF-8''"), "{disposition}");
            assert!(
                !disposition.contains(['/', '\\', '"', '<', ' ']) || disposition.matches(' ').count() == 1
            );
            assert_eq!(headers("content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(headers("content-type"), "application/octet-stream");
        }
    }
    for path in [
        "/inbox/inbox",
        "/inbox/mine",
        "/inbox/reminders",
        "/inbox/inbox?page=2",
        "/inbox/inbox?tag=1&category=8",
    ] {
        assert_harmless(Document::Page, path, &world.get(path, &cookie).await);
    }
    for vector in vectors {
        let query: String = form_urlencoded::byte_serialize(vector.as_bytes()).collect();
        for path in
            [format!("/inbox/inbox?q={query}&status={query}&sort={query}"), format!("/sign-in?next={query}")]
        {
            let cookie = if path.starts_with("/sign-in") { "" } else { cookie.as_str() };
            assert_harmless(Document::Page, &path, &world.get(&path, cookie).await);
        }
        let fields = [("email", vector), ("password", "wrong"), ("next", vector)];
        let page = world.post("/sign-in", "", &fields).await;
        assert!(wrong(Document::Page, &page.html).is_empty(), "{vector}");
    }
}

#[test]
fn the_check_sees_what_it_looks_for() {
    for harm in [
        "<script>canary()</script>",
        "<p onclick=canary()>",
        "<p style=color:red>",
        "<a href=javascript:canary()>x</a>",
        "<a href=//x.test>x</a>",
        "<a href=https://x.test>x</a>",
        "<img src=x>",
        "<iframe src=/messages/1/original></iframe>",
        "<form action=//x.test></form>",
        "<meta http-equiv=refresh content=0>",
    ] {
        assert!(!wrong(Document::Page, harm).is_empty(), "{harm}");
    }
    for harm in [
        "<img src=https://x.test>",
        "<p style='background:url(x)'>",
        "<svg onload=canary()>",
        "<a href=/sign-out>x</a>",
    ] {
        assert!(!wrong(Document::Mail, harm).is_empty(), "{harm}");
    }
    assert!(wrong(Document::Page, "<p title='<script>'>&lt;script&gt;</p>").is_empty());
}
