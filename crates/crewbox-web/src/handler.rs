//! Handlers: async functions that get the caller and the declared parts of a request, each by its type.
//!
//! ```ignore
//! pub(crate) async fn create(call: SignedCall, Body(new): Body<NewTag>) -> Result<Json<Tag>, ApiError>
//! ```
//!
//! Owns reading the parts before the function is run, and describing the route by the same types.

use std::future::Future;
use std::pin::Pin;

use crewbox_store::contract::MailBytes;
use crewbox_store::live::Signed;

use crate::answer::{Answer, IntoAnswer};
use crate::call::{Call, Caller};
use crate::declare::{Input, QueryInput};
use crate::describe::{BodyKind, Description};
use crate::error::ApiError;
use crate::problem::Problems;
use crate::request::{Object, decode};
use crate::schema::Components;
use crate::value::Parameter;

/// A running handler.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// A function that answers a call. `Args` are the types of its arguments.
pub(crate) trait Handler<Args>: Clone + Send + Sync + 'static {
    /// Reads the parts of the request, then runs the function.
    fn run(self, call: Call, signed: Option<Signed>) -> Running;

    /// What the function takes and answers.
    fn describe(components: &mut Components) -> Description;
}

/// A part of a request.
pub(crate) trait Part: Sized + Send {
    /// Reads it; wrong values are noted. None only with a note.
    ///
    /// # Errors
    /// Where reading on makes no sense: the body is no JSON, the path names nothing.
    fn read(call: &Call, problems: &mut Problems) -> Result<Option<Self>, ApiError>;

    /// Adds it to a description.
    fn describe(description: Description, components: &mut Components) -> Description;
}

/// The body as declared with `input!`.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Input + Send> Part for Body<T> {
    fn read(call: &Call, problems: &mut Problems) -> Result<Option<Self>, ApiError> {
        let json = call.json()?;
        let object = Object::of(&json)?;
        let object = if T::SECRET { object.secret() } else { object };
        if call.strict {
            object.only(T::KEYS, &[], problems);
        }
        Ok(T::read_object(&object, problems).map(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        let body = BodyKind::Json { schema: T::schema(components), required: T::REQUIRED };
        Description { body, ..description }
    }
}

/// The query as declared with `query!`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: QueryInput + Send> Part for Query<T> {
    fn read(call: &Call, problems: &mut Problems) -> Result<Option<Self>, ApiError> {
        Ok(T::read_query(call.query(), problems).map(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Description { query: T::described(components), ..description }
    }
}

/// The query of a call that filters. A parameter that it does not know is refused: without that filter, the answer would
/// be more than was asked for.
pub(crate) struct Filters<T>(pub(crate) T);

impl<T: QueryInput + Send> Part for Filters<T> {
    fn read(call: &Call, problems: &mut Problems) -> Result<Option<Self>, ApiError> {
        call.query().only(T::NAMES, problems);
        Ok(T::read_query(call.query(), problems).map(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Query::<T>::describe(description, components)
    }
}

/// The parts of the path that vary: one value, or a pair of them in the order of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: Parameter + Send> Part for Path<T> {
    fn read(call: &Call, _: &mut Problems) -> Result<Option<Self>, ApiError> {
        path_value(call, 0).map(|value| value.map(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Description { path: vec![T::schema(components)], ..description }
    }
}

impl<T: Parameter + Send, U: Parameter + Send> Part for Path<(T, U)> {
    fn read(call: &Call, _: &mut Problems) -> Result<Option<Self>, ApiError> {
        let (first, second) = (path_value(call, 0)?, path_value(call, 1)?);
        Ok(first.zip(second).map(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Description { path: vec![T::schema(components), U::schema(components)], ..description }
    }
}

/// The part of the path at this place among those that vary.
///
/// # Errors
/// Where it is none, or names nothing.
pub(crate) fn path_value<T: Parameter>(call: &Call, place: usize) -> Result<Option<T>, ApiError> {
    let Some((name, text)) = call.path_part(place) else {
        return Err(ApiError::Internal(format!("{} has no parameter {place}", call.template)));
    };
    if let Some(missing) = call.impossible_id(name, text).filter(|_| T::IS_ID) {
        return Err(missing);
    }
    let mut problems = Problems::default();
    // A plus in a path is a plus.
    let value = T::parse(&decode(&text.replace('+', "%2B")), name, &mut problems);
    problems.finish()?;
    Ok(value)
}

/// The body as it is: a mail.
pub(crate) struct RawMail(pub(crate) MailBytes);

impl Part for RawMail {
    fn read(call: &Call, problems: &mut Problems) -> Result<Option<Self>, ApiError> {
        let mail = call.mail.clone().unwrap_or_else(|| call.body.clone().into());
        if mail.is_empty() {
            problems.missing("body");
        }
        Ok(Some(Self(mail)))
    }

    fn describe(description: Description, _: &mut Components) -> Description {
        Description { body: BodyKind::Mail, ..description }
    }
}

fn unread() -> ApiError {
    ApiError::Internal("a part of a request was refused without a reason".to_owned())
}

macro_rules! handlers {
    ($(($($part:ident $name:ident),*))*) => {$(
        impl<F, Answering, Out, C, $($part),*> Handler<(C, $($part,)*)> for F
        where
            F: Fn(C, $($part),*) -> Answering + Clone + Send + Sync + 'static,
            Answering: Future<Output = Result<Out, ApiError>> + Send,
            Out: IntoAnswer,
            C: Caller,
            $($part: Part,)*
        {
            fn run(self, call: Call, signed: Option<Signed>) -> Running {
                Box::pin(async move {
                    let caller = C::of(call, signed)?;
                    let problems = &mut Problems::default();
                    $(let $name = $part::read(caller.call(), problems)?;)*
                    std::mem::take(problems).finish()?;
                    self(caller, $($name.ok_or_else(unread)?),*).await.map(IntoAnswer::into_answer)
                })
            }

            fn describe(components: &mut Components) -> Description {
                let description = Description {
                    path: Vec::new(),
                    query: Vec::new(),
                    body: BodyKind::None,
                    response: Out::describe(components),
                };
                $(let description = $part::describe(description, components);)*
                description
            }
        }
    )*};
}

handlers! { () (A a) (A a, B b) (A a, B b, D d) }
