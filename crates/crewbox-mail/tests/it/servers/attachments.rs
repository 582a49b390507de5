//! Mails on a server that differ only in an attachment: each is fetched and kept, and none twice.

use crewbox_core::mailbox::{Condition, Folder};
use crewbox_testkit::bed::MailBed;

use super::post::{ANN, LEA, Post};

/// A letter of the lead that another one equals in all but its file.
fn with_file(file: &str) -> Vec<u8> {
    format!(
        "From: {LEA}\r\nTo: {ANN}\r\nSubject: Rates\r\nMessage-ID: <rates@lead.example>\r\n\
         Date: Mon, 02 Jun 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n\
         --b\r\nContent-Type: application/pdf; name=rates.pdf\r\n\r\n{file}\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_kept_and_none_comes_twice_when_the_folder_is_numbered_afresh() {
    let mut post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let all = [with_file("10 euro"), with_file("20 euro")];
    for raw in &all {
        post.bed.dovecot.deliver(ANN, "INBOX", raw);
    }
    post.holds(&all).await;
    let inbox =
        |folders: &[Folder]| folders.iter().find(|folder| folder.name == "INBOX").unwrap().uidvalidity;
    let before = inbox(&post.connected(post.mailbox).await.folders);
    post.bed.dovecot.renumber(ANN, "INBOX", before + 1);
    post.until("the new numbers", async || match inbox(&post.connected(post.mailbox).await.folders) {
        now if now == before + 1 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    post.holds(&all).await;
    post.stop().await;
}
