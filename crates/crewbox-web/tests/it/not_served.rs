//! Calls that belong to sending campaigns, which Crewbox does not do.

use serde_json::json;

use crate::world::World;

const SENTENCE: &str =
    "Crewbox receives and answers mail, it does not send campaigns: this call is not served";

#[tokio::test]
async fn a_call_of_sending_campaigns_is_not_found_in_one_sentence_and_never_another_routes_error() {
    let world = World::new().await;
    let (campaign, mailbox) = world.campaign("Spring", None).await;
    for (method, path) in [
        ("GET", "/campaigns/all-leads-activities".to_owned()),
        ("GET", "/campaigns/all-leads-activities/?limit=5".to_owned()),
        ("GET", format!("/campaigns/{campaign}/sequences")),
        ("POST", format!("/campaigns/{campaign}/sequences")),
        ("POST", format!("/campaigns/{campaign}/schedule")),
        ("POST", format!("/email-accounts/{mailbox}/warmup")),
        ("GET", format!("/email-accounts/{mailbox}/warmup-stats")),
        ("PUT", format!("/email-accounts/suspend/{mailbox}")),
        ("GET", "/spam-test/report/7/blacklist".to_owned()),
        ("GET", "/lead-list/".to_owned()),
        ("GET", "/lead-list/7".to_owned()),
        ("POST", "/send-email/initiate".to_owned()),
        ("POST", "/master-inbox/x".to_owned()),
        ("PATCH", "/master-inbox/no-such-action/".to_owned()),
        ("POST", "/messages/7x".to_owned()),
    ] {
        let reply = world.call(method, &path, &world.key, "{}").await;
        let expected = json!({"error": SENTENCE, "message": SENTENCE});
        assert_eq!((reply.status.as_u16(), reply.json()), (404, expected), "{method} {path}");
    }
    let reply = world.call("POST", "/master-inbox/7", &world.key, "{}").await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, Some("DELETE, GET, HEAD")));
    assert_eq!(world.get("/nothing").await.json()["error"], "There is nothing at this path");
}
