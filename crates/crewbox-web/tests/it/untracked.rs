//! Mail that belongs to no conversation, put into one by hand.

use serde_json::{Value, json};

use crate::sending::{Talk, refused};

#[tokio::test]
async fn an_untracked_mail_is_put_where_somebody_says() {
    let talk = Talk::answered().await;
    let stranger = async |email: &str| {
        let stored = talk.world.mail(talk.mailbox, email, "spring@us.test", "", "A stranger's words").await;
        assert!(stored["campaign_lead_map_id"].is_null(), "{stored}");
        stored["message_id"].as_u64().unwrap()
    };
    let (first, second) = (stranger("a@else.test").await, stranger("b@else.test").await);
    let attach = async |id: u64, body: Value| {
        talk.world.post(&format!("/master-inbox/untracked-replies/{id}/attach"), body).await
    };
    let here = json!({"email_lead_map_id": talk.conversation});
    let answer = attach(first, here.clone()).await.ok();
    assert_eq!(answer["data"], json!({"email_lead_map_id": talk.conversation.to_string(), "attached": 1}));
    assert_eq!(talk.history(talk.conversation).await.len(), 3);
    assert_eq!(attach(first, here.clone()).await.ok()["data"]["attached"], 0, "it is there already");
    let answer = attach(second, json!({"campaign_id": talk.campaign})).await.ok();
    let new: u64 = answer["data"]["email_lead_map_id"].as_str().unwrap().parse().unwrap();
    assert_ne!(new, talk.conversation);
    assert_eq!(talk.history(new).await.len(), 1);
    let left = talk.world.get("/master-inbox/untracked-replies").await.ok();
    assert_eq!(left["total_count"], 0, "{left}");
    let misspelt = talk.world.get("/master-inbox/untracked-replies?from=a").await;
    assert_eq!(refused(&misspelt), (422, "from".to_owned()), "without the filter it would be too much");
    assert_eq!(refused(&attach(second, json!({})).await), (422, "email_lead_map_id".to_owned()));
    let both = json!({"email_lead_map_id": 1, "campaign_id": 1});
    assert_eq!(refused(&attach(second, both).await), (422, "campaign_id".to_owned()));
    assert_eq!(attach(424_242, here).await.status, 404);
    let third = stranger("c@else.test").await;
    let nowhere = attach(third, json!({"email_lead_map_id": 424_242})).await;
    assert_eq!(
        (nowhere.status.as_u16(), nowhere.json()["error"].as_str()),
        (404, Some("Lead mapping not found"))
    );
}
