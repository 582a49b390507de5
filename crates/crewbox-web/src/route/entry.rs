//! A route: its methods, its path, who may call it, what it does. What it takes and answers is described by the types
//! of its handler.

use crewbox_app::Caller;
use crewbox_core::id::{CampaignId, MailboxId};

use crate::body::{LEADS_BODY, MAIL_BODY, SENDING_BODY, SMALL_BODY};
use crate::call::Call;
use crate::describe::{BodyKind, Description};
use crate::error::ApiError;
use crate::handler::{Handler, Running, path_value};
use crate::schema::Components;
use crewbox_core::model::KeyLevel;
use crewbox_core::permission::Permission;
use crewbox_store::live::Signed;

/// A method a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods' own names")]
pub enum Verb {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Patch, Self::Put, Self::Delete];

    /// As it is in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn of(method: &axum::http::Method) -> Option<Self> {
        match method.as_str() {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PATCH" => Some(Self::Patch),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Everybody.
    Nobody,
    /// A signed link, or a key.
    Link,
    /// A call from this machine or from a trusted network, or a key whose member has this permission.
    Trusted(Permission),
    /// A key whose member has this permission. It is checked before the body is read; the use case requires it again.
    May(Permission),
}

impl Needs {
    /// Whether a key allows what this needs of one.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    pub(crate) fn permit(self, signed: &Signed) -> Result<(), ApiError> {
        let (Self::May(permission) | Self::Trusted(permission)) = self else { return Ok(()) };
        let restricted = signed.scope.client().is_some();
        permission
            .check(signed.scope.role(), restricted)
            .and_then(|()| permission.check_key(signed.scope.level()))
            .map_err(|denied| ApiError::Forbidden(denied.sentence()))
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Not at all; what comes is dropped.
    Nothing,
    /// As a JSON object.
    Json,
    /// As a JSON object with a list of leads.
    Leads,
    /// As a JSON object that may hold files to send.
    Files,
    /// As a mail.
    Mail,
}

impl Reads {
    /// The most bytes that the body may have.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Json => SMALL_BODY,
            Self::Leads => LEADS_BODY,
            Self::Files => SENDING_BODY,
            Self::Mail => MAIL_BODY,
        }
    }
}

/// Checks that the caller sees what the path names, before a large body is received. The use case checks it again.
pub(super) type Target = fn(&Call, &Signed) -> Result<(), ApiError>;

type Run = Box<dyn Fn(Call, Option<Signed>) -> Running + Send + Sync>;
type Describe = Box<dyn Fn(&mut Components) -> Description + Send + Sync>;

/// A route.
pub struct Route {
    /// Its documented methods, the first above all; what it answers says [`Route::answers`].
    pub verbs: &'static [Verb],
    /// Its path, with `{name}` for a part that varies. Answered with and without a slash at the end.
    pub path: &'static str,
    /// Who may call it.
    pub needs: Needs,
    /// How its body is read.
    pub reads: Reads,
    /// Whether an `Idempotency-Key` makes a retry safe.
    pub once: bool,
    /// Whether its response has a secret that is shown this once.
    pub shows_secret: bool,
    /// One sentence on what it does.
    pub says: &'static str,
    /// More sentences, for one that its types do not describe wholly; may be empty.
    pub details: String,
    run: Run,
    pub(crate) describe: Describe,
    /// What is checked before its body is received.
    pub(super) target: Option<Target>,
}

impl Route {
    /// A route whose handler says by its types what it takes and answers.
    pub(super) fn new<Args: 'static>(
        verbs: &'static [Verb],
        path: &'static str,
        needs: Needs,
        says: &'static str,
        handler: impl Handler<Args>,
    ) -> Self {
        let describe = describes(&handler);
        let reads = match describe(&mut Components::default()).body {
            BodyKind::None => Reads::Nothing,
            BodyKind::Json { .. } => Reads::Json,
            BodyKind::Mail => Reads::Mail,
        };
        let run: Run = Box::new(move |call, signed| handler.clone().run(call, signed));
        Self {
            verbs,
            path,
            needs,
            reads,
            once: false,
            shows_secret: false,
            says,
            details: String::new(),
            run,
            describe,
            target: None,
        }
    }

    /// The same with more sentences in its description.
    pub(super) fn detailed(self, details: String) -> Self {
        Self { details, ..self }
    }

    /// Its body may hold files, and an `Idempotency-Key` makes a retry safe: it makes a message to be sent.
    pub(super) fn sending(self) -> Self {
        Self { reads: Reads::Files, ..self.once() }
    }

    /// It makes something, and an `Idempotency-Key` makes a retry safe.
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// Its response has a secret that is shown this once.
    pub(super) fn with_secret(self) -> Self {
        Self { shows_secret: true, ..self }
    }

    /// Its body may hold texts of mails, which nothing reads.
    pub(super) fn with_texts(self) -> Self {
        self.with_leads()
    }

    /// Its body holds leads.
    pub(super) fn with_leads(self) -> Self {
        Self { reads: Reads::Leads, ..self }
    }

    /// The campaign or mailbox in its path is checked before its body is received, because that may be large.
    pub(super) fn to(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Answers a call that its dispatcher or a tool of an agent has permitted.
    pub(crate) fn run(&self, call: Call, signed: Option<Signed>) -> Running {
        (self.run)(call, signed)
    }

    /// Whether it answers this method: POST and PATCH stand for each other, since clients mix them up.
    #[must_use]
    pub fn answers(&self, verb: Verb) -> bool {
        let writes = |verb: &Verb| matches!(verb, Verb::Post | Verb::Patch);
        self.verbs.contains(&verb) || (writes(&verb) && self.verbs.iter().any(writes))
    }

    /// Whether it writes, by the permission that it needs.
    #[must_use]
    pub fn writes(&self) -> bool {
        let reads = |needs| match needs {
            Needs::May(permission) => permission.key_level() == KeyLevel::Read,
            Needs::Nobody | Needs::Link | Needs::Trusted(_) => true,
        };
        self.verbs[0] != Verb::Get && !reads(self.needs)
    }

    /// Whether the response to a call with an `Idempotency-Key` is kept for its repetition. Calls that make something of a
    /// conversation know their repetitions by what they made.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.writes() && !self.once
    }

    /// Whether unknown keys of its body are refused.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.path.starts_with("/api/v1/master-inbox/")
    }

    /// Whether it reads this parameter of the query.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        (self.describe)(&mut Components::default()).query.iter().any(|parameter| parameter.name == name)
    }

    /// The names of the parts of its path that vary.
    pub(crate) fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// The campaign in the path is one that the caller sees, be it deleted: its conversations are still answered.
pub(super) fn campaign(call: &Call, signed: &Signed) -> Result<(), ApiError> {
    let Some(id) = path_value::<CampaignId>(call, 0)? else { return Ok(()) };
    caller(call, signed).campaign_or_deleted(id)?;
    Ok(())
}

/// The mailbox in the path is one that the caller sees.
pub(super) fn mailbox(call: &Call, signed: &Signed) -> Result<(), ApiError> {
    let Some(id) = path_value::<MailboxId>(call, 0)? else { return Ok(()) };
    caller(call, signed).mailbox(id)?;
    Ok(())
}

fn caller(call: &Call, signed: &Signed) -> Caller {
    Caller::signed_in(signed.scope, &signed.account, call.now)
}

fn describes<Args: 'static, H: Handler<Args>>(_: &H) -> Describe {
    Box::new(H::describe)
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verbs[0].name(), self.path)
    }
}
