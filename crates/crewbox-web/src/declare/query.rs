//! Queries.

use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problems;
use crate::request::QueryString;
use crate::schema::{Components, Describe};
use crate::value::{Parameter, Shown};

/// A declared query. Made by [`query!`].
pub(crate) trait QueryInput: Sized {
    /// The parameters it knows.
    const NAMES: &'static [&'static str];

    /// Reads all parameters; what is wrong is noted. None only with a note.
    fn read_query(query: QueryString<'_>, problems: &mut Problems) -> Option<Self>;

    /// What it consists of.
    fn described(components: &mut Components) -> Vec<QueryParameter>;
}

/// A parameter of a query, as the OpenAPI document describes it.
pub(crate) struct QueryParameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) schema: RefOr<Schema>,
    pub(crate) says: String,
}

/// The type of a declared parameter: a value that must be given, or an `Option` that may be absent.
pub(crate) trait QueryField: Sized {
    const REQUIRED: bool;

    /// None only with a note.
    fn read_parameter(query: QueryString<'_>, name: &str, problems: &mut Problems) -> Option<Self>;

    fn schema(components: &mut Components) -> RefOr<Schema>;
}

impl<T: Parameter> QueryField for T {
    const REQUIRED: bool = true;

    fn read_parameter(query: QueryString<'_>, name: &str, problems: &mut Problems) -> Option<Self> {
        let read = query.get(name).and_then(|text| T::parse(&text, name, problems));
        if read.is_none() {
            problems.missing(name);
        }
        read
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

impl<T: Parameter> QueryField for Option<T> {
    const REQUIRED: bool = false;

    fn read_parameter(query: QueryString<'_>, name: &str, problems: &mut Problems) -> Option<Self> {
        Some(query.get(name).and_then(|text| T::parse(&text, name, problems)))
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

/// The schema of a parameter with its default.
pub(crate) fn with_default<T: Parameter + Shown>(default: &T, components: &mut Components) -> RefOr<Schema> {
    match <T as Describe>::schema(components) {
        RefOr::T(Schema::Object(mut object)) => {
            object.default = Some(default.shown());
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// Declares a query. A field of a type `T` must be given, `Option<T>` may be absent, and `T = value` has that value
/// when it is absent. A parameter whose name is no Rust name is given as `name as "wireName"`.
macro_rules! query {
    (
        $(#[doc = $says:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_says:literal])*
                $field:ident $(as $wire:literal)? : $type:ty $(= $default:expr)?
            ),* $(,)?
        }
    ) => {
        $(#[doc = $says])*
        #[derive(Debug)]
        $vis struct $name {
            $($(#[doc = $field_says])* $vis $field: $type,)*
        }

        impl $crate::declare::query::QueryInput for $name {
            const NAMES: &'static [&'static str] =
                &[$($crate::declare::name::wire_name!($field $($wire)?)),*];

            fn read_query(
                query: $crate::request::QueryString<'_>,
                problems: &mut $crate::problem::Problems,
            ) -> Option<Self> {
                // All are read before the first that is missing ends the reading.
                $(let $field = $crate::declare::query::read_parameter!(
                    query,
                    $crate::declare::name::wire_name!($field $($wire)?),
                    problems,
                    $type $(, $default)?
                );)*
                Some(Self { $($field: $field?),* })
            }

            fn described(
                components: &mut $crate::schema::Components,
            ) -> Vec<$crate::declare::query::QueryParameter> {
                vec![$($crate::declare::query::describe_parameter!(
                    $crate::declare::name::wire_name!($field $($wire)?),
                    &[$($field_says),*],
                    components,
                    $type $(, $default)?
                )),*]
            }
        }
    };
}

macro_rules! read_parameter {
    ($query:expr, $name:expr, $problems:expr, $type:ty) => {
        <$type as $crate::declare::query::QueryField>::read_parameter($query, $name, $problems)
    };
    ($query:expr, $name:expr, $problems:expr, $type:ty, $default:expr) => {
        <Option<$type> as $crate::declare::query::QueryField>::read_parameter($query, $name, $problems)
            .map(|given| given.unwrap_or($default))
    };
}

macro_rules! describe_parameter {
    ($name:expr, $says:expr, $components:expr, $type:ty) => {
        $crate::declare::query::QueryParameter {
            name: $name,
            required: <$type as $crate::declare::query::QueryField>::REQUIRED,
            schema: <$type as $crate::declare::query::QueryField>::schema($components),
            says: $crate::schema::sentence($says),
        }
    };
    ($name:expr, $says:expr, $components:expr, $type:ty, $default:expr) => {
        $crate::declare::query::QueryParameter {
            name: $name,
            required: false,
            schema: $crate::declare::query::with_default::<$type>(&$default, $components),
            says: $crate::schema::sentence($says),
        }
    };
}

pub(crate) use {describe_parameter, query, read_parameter};
