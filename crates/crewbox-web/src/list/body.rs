//! What a list call may ask: its query and its body, as declared, read and described.

use crewbox_core::filter::EmailStatus;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId, SavedViewId, TagId};
use utoipa::openapi::{RefOr, Schema};

use super::activity::TeamActivity;
use super::value::{Between, ChosenSort, SearchFor};
use crate::declare::{Input, input, query};
use crate::problem::Problems;
use crate::request::Object;
use crate::schema::{Components, Describe, Properties};
use crate::value::{Count, FromZero, IdSet, Ids, Several, Until, Value};
use crate::wire::{Json, Place};

/// Rows that a page has at the most, and unless asked for fewer.
pub(crate) const MAX_LIMIT: u32 = 20;
/// Categories, and tags of conversations, that a filter takes.
const MAX_OWN: usize = 10;

query! {
    /// What the rows of a list are shown with.
    pub(crate) struct ListQuery {
        /// Show the messages of each row, oldest first, under `message_history`; under `email_history` for a key of the
        /// live dialect.
        fetch_message_history: bool = false,
    }
}

input! {
    /// Which page of a list.
    pub(crate) struct ListBody {
        /// Rows to skip. Past the end the page is empty.
        offset: Option<FromZero>,
        /// Rows to return; 20 unless given.
        limit: Option<Count<1, { MAX_LIMIT as u64 }>>,
        /// The order. Rows without such a time come last; of equal ones, the higher `campaign_lead_map_id` comes first.
        sort_by as "sortBy": Option<ChosenSort>,
        /// What narrows the list.
        filters: Option<Known<Filters>>,
        /// A saved view in the place of filters; in `/views` only. Its rows are as those of its list.
        view_id as "viewId": Option<SavedViewId>,
    }
}

input! {
    /// What only a key of the live dialect may give beside these.
    pub(crate) struct LiveFilters {
        /// The same as `filters.campaignId`, for a key of the live dialect only.
        campaign_id: Option<IdSet<CampaignId>>,
        /// The same as `filters.campaignClientId`, for a key of the live dialect only.
        client_id: Option<IdSet<ClientId>>,
    }
}

input! {
    /// What narrows a list: all that is given must hold. A list of values matches any of them; one value may be given
    /// without the array, and an empty array is as if absent. How many values a filter takes depends on the list.
    pub(crate) struct Filters {
        /// Part of the lead's address, name or company, or of the subject or text of a message; the case of letters and
        /// their accents make no difference. One or two characters are not looked for in messages.
        search: Option<SearchFor>,
        /// What has happened in the conversation; several may apply. `Replied`: it has a human reply. `Not Replied`: it
        /// was written to and has none. `Accepted`: it was written to, and no message came back undelivered. `Bounced`:
        /// one did. `Opened`, `Clicked`: such an event is known. `Unsubscribed`: the lead does not want more mail.
        email_status as "emailStatus": Option<Several<EmailStatus>>,
        /// By lead category.
        lead_categories as "leadCategories": Option<Known<LeadCategories>>,
        /// Ids of campaigns.
        campaign_id as "campaignId": Option<IdSet<CampaignId>>,
        /// Ids of e-mail accounts: that of the newest message.
        email_account_id as "emailAccountId": Option<IdSet<MailboxId>>,
        /// Ids of the team members who own the conversations.
        campaign_team_member_id as "campaignTeamMemberId": Option<IdSet<MemberId>>,
        /// Ids of tags of the campaigns.
        campaign_tag_id as "campaignTagId": Option<IdSet<TagId>>,
        /// Ids of the clients of the campaigns.
        campaign_client_id as "campaignClientId": Option<IdSet<ClientId>>,
        /// A start and an end, both included, for the time of the latest reply. A date without a time means its start,
        /// or as the end its last moment (UTC).
        reply_time_between as "replyTimeBetween": Option<Between>,
        /// The id of the sub-sequence that the conversation was pushed to; in `/views` only.
        sub_sequence_id as "subSequenceId": Option<CampaignId>,
        /// Only what is archived, or only what is not.
        is_archived as "isArchived": Option<bool>,
        /// Only what is snoozed now, or only what is not.
        is_snoozed as "isSnoozed": Option<bool>,
        /// Only what is read, or only what is not.
        is_read as "isRead": Option<bool>,
        /// Only what is marked important, or only what is not.
        is_important as "isImportant": Option<bool>,
        /// Ids of tags of the conversation itself.
        tag_id as "tagId": Option<Ids<TagId, MAX_OWN>>,
        /// Only what waits for an answer (the newest message is a reply by a person), or only what does not.
        is_unanswered as "isUnanswered": Option<bool>,
        /// Only what has an open reminder of this time or earlier.
        reminder_due_by as "reminderDueBy": Option<Until>,
        /// Only what has an open task that is due at this time or earlier.
        task_due_by as "taskDueBy": Option<Until>,
        /// Only the conversations behind a figure of `GET /team/performance`.
        team_activity as "teamActivity": Option<Known<TeamActivity>>,
    }
}

input! {
    /// By lead category.
    pub(crate) struct LeadCategories {
        /// True: only conversations with a category. Together with `unassigned` both have no effect. False is as if
        /// absent.
        is_assigned as "isAssigned": Option<bool>,
        /// True: only conversations without a category; beside `categoryIdsIn`, those as well. False is as if absent.
        unassigned: Option<bool>,
        /// Ids of categories: only conversations with one of them.
        category_ids_in as "categoryIdsIn": Option<Ids<CategoryId, MAX_OWN>>,
        /// Ids of categories: only conversations with none of them. A conversation without a category matches.
        category_ids_not_in as "categoryIdsNotIn": Option<Ids<CategoryId, MAX_OWN>>,
    }
}

/// Every object of a list's body with its path and its keys: where a wrong key may have been meant to be.
pub(super) const OBJECTS: [(&str, &[&str]); 4] = [
    ("", ListBody::KEYS),
    ("filters.", Filters::KEYS),
    ("filters.leadCategories.", LeadCategories::KEYS),
    ("filters.teamActivity.", TeamActivity::KEYS),
];

/// The body as it is described: with what only the live dialect takes.
pub(super) fn describe(components: &mut Components) -> RefOr<Schema> {
    let mut properties = Properties::default();
    ListBody::describe_keys(&mut properties, components);
    LiveFilters::describe_keys(&mut properties, components);
    components.add("ListBody", properties.done(&["Which page of a list."]))
}

/// An object within a list's body. Keys that it does not have are refused with the likely right one of the whole body.
#[derive(Debug)]
pub(crate) struct Known<T>(pub(crate) T);

impl<T: Input> Value for Known<T> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        Object::within(value, place, problems, |object, problems| {
            object.only(T::KEYS, &OBJECTS, problems);
            T::read_object(object, problems).map(Self)
        })
    }
}

impl<T: Describe> Describe for Known<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        T::schema(components)
    }
}
