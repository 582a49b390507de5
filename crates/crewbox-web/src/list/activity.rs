//! The filter by what a member did: what the list calls behind figures of performance hold.

use crewbox_core::id::{CategoryId, MemberId};
use crewbox_core::model::Dialect;
use crewbox_core::team::{ActivityFilter, PerformanceFigure};
use crewbox_core::time::Timestamp;

use crate::declare::{input, output};
use crate::object::At;
use crate::problem::{Problems, Provided};
use crate::value::wire_names;

/// A figure, by the name that it has in the answer of `/team/performance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FigureName {
    RepliesReceived,
    RepliesSent,
    Conversations,
    Archived,
    FirstResponse,
    Response,
    Category,
}

wire_names!(FigureName {
    RepliesReceived = "replies_received",
    RepliesSent = "replies_sent",
    Conversations = "conversations",
    Archived = "archived",
    FirstResponse = "first_response_seconds",
    Response = "response_seconds",
    Category = "categories",
});

input! {
    /// By what a member did in a period: the conversations behind a figure of `GET /team/performance`.
    pub(crate) struct TeamActivity {
        /// Which figure.
        figure: FigureName,
        /// Whose figure. Owners and admins may ask for every member, others for themselves.
        team_member_id as "teamMemberId": MemberId,
        /// From this time on.
        from: Timestamp,
        /// Before this time.
        to: Timestamp,
        /// The category, of the figure `categories`.
        category_id as "categoryId": Option<CategoryId>,
    }
}

output! {
    /// By what a member did in a period: the conversations behind a figure of `GET /team/performance`.
    pub(crate) struct ShownActivity {
        /// Which figure.
        figure: FigureName,
        /// Whose figure.
        team_member_id as "teamMemberId": MemberId,
        /// From this time on.
        from: At,
        /// Before this time.
        to: At,
        /// The category, of the figure `categories`.
        category_id as "categoryId": Option<CategoryId>,
    }
}

impl ShownActivity {
    /// A filter as a list's body has it.
    pub(crate) fn of(dialect: Dialect, filter: ActivityFilter) -> Self {
        let (figure, category_id) = FigureName::of(filter.figure);
        let at = |time| At(time, dialect);
        Self { figure, team_member_id: filter.member, from: at(filter.from), to: at(filter.to), category_id }
    }
}

impl TeamActivity {
    /// The filter; none, with a note, where the figure needs a category and there is none.
    pub(super) fn filter(self, problems: &mut Problems) -> Option<ActivityFilter> {
        let figure = match (self.figure, self.category_id) {
            (FigureName::RepliesReceived, _) => PerformanceFigure::RepliesReceived,
            (FigureName::RepliesSent, _) => PerformanceFigure::RepliesSent,
            (FigureName::Conversations, _) => PerformanceFigure::Conversations,
            (FigureName::Archived, _) => PerformanceFigure::Archived,
            (FigureName::FirstResponse, _) => PerformanceFigure::FirstResponse,
            (FigureName::Response, _) => PerformanceFigure::Response,
            (FigureName::Category, Some(category)) => PerformanceFigure::Category(category),
            (FigureName::Category, None) => {
                let field = "filters.teamActivity.categoryId";
                problems.note(field, format!("{field} is required for categories"), Provided::Nothing);
                return None;
            }
        };
        Some(ActivityFilter { member: self.team_member_id, figure, from: self.from, to: self.to })
    }
}

impl FigureName {
    /// The name of a figure, and its category if it is of one.
    const fn of(figure: PerformanceFigure) -> (Self, Option<CategoryId>) {
        match figure {
            PerformanceFigure::RepliesReceived => (Self::RepliesReceived, None),
            PerformanceFigure::RepliesSent => (Self::RepliesSent, None),
            PerformanceFigure::Conversations => (Self::Conversations, None),
            PerformanceFigure::Archived => (Self::Archived, None),
            PerformanceFigure::FirstResponse => (Self::FirstResponse, None),
            PerformanceFigure::Response => (Self::Response, None),
            PerformanceFigure::Category(category) => (Self::Category, Some(category)),
        }
    }
}
