//! Templates: texts that members keep under a name, for themselves or for the team, and insert into an answer.

use crewbox_core::id::{ConversationId, TemplateId};
use crewbox_core::permission::{Permission, may_change};
use crewbox_core::template::{Filled, Template, fill};
use crewbox_store::contract::NewTemplate;
use crewbox_store::{Op, Outcome, StoreError, Thing};

use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Characters of a template's name: a line of a menu.
pub const MAX_TEMPLATE_NAME: usize = 100;
/// Characters of a template's text: some pages.
pub const MAX_TEMPLATE_TEXT: usize = 20_000;
/// Templates that a member may have: more than anybody looks through.
pub const MAX_TEMPLATES: u64 = 200;

/// A template to save.
#[derive(Clone, Debug)]
pub struct SaveTemplate {
    /// The template that it replaces; none for a new one.
    pub id: Option<TemplateId>,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether the others of the account see it, too. What a member of one client writes is seen by that client's members and
    /// by the team.
    pub shared: bool,
}

/// The caller's own templates and those that others share, by name. Only with `with_texts` they have their texts.
///
/// # Errors
/// The store's.
pub async fn templates(
    services: &Services,
    caller: &Caller,
    with_texts: bool,
) -> Result<Vec<Template>, Refusal> {
    caller.require(Permission::SendMail)?;
    Ok(services.store().templates(caller.scope(), with_texts).await?)
}

/// The text of a template, filled for the lead of a conversation and for the caller.
///
/// # Errors
/// [`Refusal::NotFound`] for a template or a conversation that the caller does not see; the store's.
pub async fn filled(
    services: &Services,
    caller: &Caller,
    id: TemplateId,
    conversation: ConversationId,
) -> Result<Filled, Refusal> {
    caller.require(Permission::SendMail)?;
    let (store, scope) = (services.store(), caller.scope());
    let template = store.template(scope, id).await?;
    let rows = store.rows(scope, &[conversation], None).await?;
    let missing = || Refusal::NotFound(Thing::Conversation, conversation.get());
    let row = rows.into_iter().next().ok_or_else(missing)?;
    let writer = scope.actor().and_then(|id| caller.names().member(id));
    let writer = writer.map(|member| member.name.as_str()).unwrap_or_default();
    Ok(fill(&template.text, &row.lead.fields, writer))
}

/// Saves a template; its id.
///
/// # Errors
/// [`Refusal::Invalid`] for a name or text that is empty or too long, and for a name that another template of the same author
/// has; [`Refusal::NotFound`] for a template that the caller does not see; [`Refusal::Forbidden`] for another member's, unless
/// the caller manages the account; [`Refusal::Conflict`] where the member has [`MAX_TEMPLATES`]; the store's.
pub async fn save(
    services: &Services,
    caller: &Caller,
    command: SaveTemplate,
) -> Result<TemplateId, Refusal> {
    caller.require(Permission::SendMail)?;
    let SaveTemplate { id, name, text, shared } = command;
    if let Some(id) = id {
        require_author(services, caller, id).await?;
    }
    let (name, text) = (name.trim().to_owned(), text.replace("\r\n", "\n").trim().to_owned());
    let limits = [("name", &name, MAX_TEMPLATE_NAME), ("text", &text, MAX_TEMPLATE_TEXT)];
    let mut wrong: Vec<FieldError> =
        limits.into_iter().filter_map(|(field, value, most)| size_error(field, value, most)).collect();
    if name.chars().any(char::is_control) {
        wrong.push(FieldError::of("name", "must not have control characters"));
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let client = caller.scope().client();
    let new = NewTemplate { id, name, text, client, shared, most: MAX_TEMPLATES };
    match caller.try_commit(services, vec![Op::SaveTemplate(Box::new(new))]).await {
        Ok(committed) => match committed.outcomes.into_iter().next() {
            Some(Outcome::Id(id)) => Ok(TemplateId(id)),
            Some(Outcome::Count(_)) => {
                Err(Refusal::Conflict(format!("You have {MAX_TEMPLATES} templates, which is the limit")))
            }
            other => Err(Refusal::Internal(format!("saving a template gave {other:?}"))),
        },
        Err(StoreError::Exists(Thing::Template, _)) => {
            Err(FieldError::says("name", "Another template has this name").into())
        }
        Err(error) => Err(caller.refusal(error)),
    }
}

fn size_error(field: &str, value: &str, most: usize) -> Option<FieldError> {
    let given = value.chars().count();
    if given == 0 {
        return Some(FieldError::of(field, "must not be empty"));
    }
    let error = FieldError::of(field, format!("cannot exceed {most} characters"));
    (given > most).then(|| error.given(Given::Count { given, most }))
}

/// Deletes a template.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; [`Refusal::Forbidden`] for another member's, unless the
/// caller manages the account; the store's.
pub async fn delete(services: &Services, caller: &Caller, id: TemplateId) -> Result<(), Refusal> {
    caller.require(Permission::SendMail)?;
    require_author(services, caller, id).await?;
    caller.commit_one(services, Op::DeleteTemplate(id)).await?;
    Ok(())
}

/// Whether the caller may change or delete a template that they see.
#[must_use]
pub fn may_edit(by: &Caller, template: &Template) -> bool {
    let scope = by.scope();
    may_change(scope.actor(), scope.role(), scope.client().is_some(), template.author).is_ok()
}

async fn require_author(services: &Services, caller: &Caller, id: TemplateId) -> Result<(), Refusal> {
    let scope = caller.scope();
    let held = services.store().template(scope, id).await?;
    may_change(scope.actor(), scope.role(), scope.client().is_some(), held.author).map_err(Refusal::Forbidden)
}

#[cfg(test)]
mod tests {
    use crewbox_core::model::LeadFields;
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    fn command(name: &str, text: &str) -> SaveTemplate {
        SaveTemplate { id: None, name: name.to_owned(), text: text.to_owned(), shared: false }
    }

    #[tokio::test]
    async fn a_template_is_saved_changed_filled_and_deleted() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let id =
            save(&services, &caller, command(" Prices ", "Hi {{first_name}},\r\n{{phone}}")).await.unwrap();
        let taken = save(&services, &caller, command("Prices", "x")).await;
        assert!(matches!(&taken, Err(Refusal::Invalid(wrong)) if wrong[0].field == "name"), "{taken:?}");
        let change =
            SaveTemplate { id: Some(id), shared: true, ..command("Prices", "Hi {{first_name}},\n{{phone}}") };
        assert_eq!(save(&services, &caller, change).await.unwrap(), id);
        let account = account.reopened().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let held = templates(&services, &caller, true).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!((held[0].name.as_str(), held[0].author), ("Prices", Some(account.owner)));
        assert!(held[0].shared && templates(&services, &caller, false).await.unwrap()[0].text.is_empty());
        let campaign = account.campaign("Spring", None).await;
        let fields = LeadFields {
            email: "ada@lead.test".to_owned(),
            first_name: Some("Ada".to_owned()),
            ..LeadFields::default()
        };
        let added = account.commit(Op::AddLeads { campaign, leads: vec![fields] }).await;
        let Outcome::Leads(added) = added else { panic!("{added:?}") };
        let conversation = added[0].as_ref().unwrap().conversation;
        let filled = filled(&services, &caller, id, conversation).await.unwrap();
        assert_eq!(filled.text, "Hi Ada,\n{{phone}}");
        assert_eq!(filled.missing, ["{{phone}}"]);
        delete(&services, &caller, id).await.unwrap();
        assert!(templates(&services, &caller, true).await.unwrap().is_empty());
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_client_sees_no_template_of_the_team() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let team = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let teams = SaveTemplate { shared: true, ..command("Team's", "South pays 900") };
        let id = save(&services, &team, teams).await.unwrap();
        let north = account.client("North").await;
        let client = account.signed_in(Some(north)).await;
        let client = Caller::operator(&account.store, client, NOW).await.unwrap();
        assert!(templates(&services, &client, true).await.unwrap().is_empty());
        let unseen = filled(&services, &client, id, ConversationId(1)).await;
        assert!(matches!(unseen, Err(Refusal::NotFound(Thing::Template, _))), "{unseen:?}");
        let deleted = delete(&services, &client, id).await;
        assert!(matches!(deleted, Err(Refusal::NotFound(Thing::Template, _))), "{deleted:?}");
        let theirs = SaveTemplate { shared: true, ..command("Team's", "Ours") };
        save(&services, &client, theirs).await.unwrap();
        assert_eq!(templates(&services, &team, true).await.unwrap().len(), 2, "the team sees the clients'");
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_wrong_template_is_refused_with_all_that_is_wrong() {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.signed_in(None).await, NOW).await.unwrap();
        let long = "ü".repeat(MAX_TEMPLATE_TEXT + 1);
        for (name, text, fields) in [
            (" ", " ", vec!["name", "text"]),
            ("a\u{7}", &long, vec!["text", "name"]),
            ("a", " ", vec!["text"]),
        ] {
            let refused = save(&services, &caller, command(name, text)).await;
            let Err(Refusal::Invalid(wrong)) = refused else { panic!("{refused:?}") };
            assert_eq!(wrong.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), fields);
        }
        account.store.close().await;
    }
}
