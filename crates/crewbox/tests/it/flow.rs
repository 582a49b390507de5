//! Mail in and out with nothing mocked: a real Dovecot, a real Exim, the built binary, HTTP.

use std::time::Duration;

use crewbox_testkit::figures::figure;
use crewbox_testkit::letter::Letter;
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, LEA, count, send};

#[test]
fn a_campaign_mail_is_answered_the_answer_is_answered_and_the_lead_has_exactly_one() {
    let bed = Bed::new();
    let opening = Letter::new(ANN, LEA, "An offer");
    let id = opening.message_id.clone().unwrap();
    send(bed.mail.smtp.submission, ANN, LEA, &opening);
    bed.mail.dovecot.deliver_seen(ANN, "Sent", &opening.raw());
    let server = bed.serve();
    bed.live(&server);
    let conversation = bed.conversation(&server);

    let (mut times, mut last) = (Vec::new(), String::new());
    for number in 0..figure("CREWBOX_DELIVERIES", 20) {
        let reply = Letter::new(LEA, ANN, &format!("Re: An offer {number}")).answering(&id);
        send(bed.mail.smtp.submission, LEA, ANN, &reply);
        let (_, took) = bed.until("reply in assigned-me", Duration::from_secs(20), || {
            let page = bed.assigned(&server);
            let row = &page["messages"][0];
            let there = row["last_message"]["subject"] == reply.subject.as_str() && row["is_read"] == false;
            if there { Ok(()) } else { Err(page.to_string()) }
        });
        times.push(took);
        last = reply.message_id.clone().unwrap();
    }
    times.sort();
    let (p50, p99) = (times[times.len() / 2], times[(times.len() * 99).div_ceil(100) - 1]);
    println!("soak: delivered to visible over the API, {} mails: p50 {p50:.0?}, p99 {p99:.0?}", times.len());
    // Of this, Dovecot waits half a second before it tells.
    assert!(p50 <= Duration::from_millis(700) && p99 <= Duration::from_millis(1_500), "{times:?}");

    let item = bed.item(&server, conversation);
    let stats_id = item["message_history"].as_array().unwrap().last().unwrap()["stats_id"].clone();
    let path = format!("/campaigns/{}/reply-email-thread", bed.campaign);
    let body = json!({"email_stats_id": stats_id, "email_body": "<p>Gladly.</p>"});
    let response = server.call("POST", &path, &bed.house.key, &body).json();
    let message_id = response["message_id"].as_str().unwrap().to_owned();
    // The same call again is the same answer, not a second mail.
    let again = server.call("POST", &path, &bed.house.key, &body).json();
    assert_eq!(again["message_id"], message_id.as_str());
    let status = |server: &crate::drive::Server| {
        let path = format!("/master-inbox/reply-status?message_id={}", message_id.trim_matches(['<', '>']));
        server.call("GET", &path, &bed.house.key, &Value::Null).json()["data"]["status"].clone()
    };
    bed.until("accepted answer", Duration::from_secs(20), || match status(&server) {
        done if done == "COMPLETED" => Ok(()),
        other => Err(other.to_string()),
    });
    bed.until("copy in Sent", Duration::from_secs(20), || match count(&bed, ANN, "Sent", &message_id) {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    bed.until("answer in the lead's mailbox", Duration::from_secs(20), || {
        match count(&bed, LEA, "INBOX", &message_id) {
            1 => Ok(()),
            other => Err(other.to_string()),
        }
    });
    let mails = bed.mail.dovecot.mails(LEA, "INBOX");
    let raw =
        mails.iter().map(|raw| String::from_utf8_lossy(raw)).find(|raw| raw.contains(&message_id)).unwrap();
    // Threaded for the lead's own program: it answers the last reply, and knows where the thread began.
    let unfolded =
        ["\r\n ", "\r\n\t", "\n ", "\n\t"].iter().fold(raw.to_string(), |text, fold| text.replace(fold, " "));
    let field = |name: &str| unfolded.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    assert_eq!(field("In-Reply-To:").trim(), format!("<{last}>"), "{raw}");
    let references: Vec<&str> = field("References:").split_whitespace().collect();
    assert_eq!(references, [format!("<{id}>"), format!("<{last}>")], "{raw}");
    assert!(!raw.to_lowercase().contains("bcc:"));
    bed.until("ledger without gaps", Duration::from_secs(30), || match bed.ledger() {
        [server, held, 0, 0] if server == held => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(count(&bed, LEA, "INBOX", &message_id), 1);
    let history = bed.item(&server, conversation)["message_history"].as_array().unwrap().clone();
    let sent: Vec<&Value> = history.iter().filter(|one| one["message_id"] == message_id.as_str()).collect();
    assert_eq!(sent.len(), 1, "{history:?}");
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}
