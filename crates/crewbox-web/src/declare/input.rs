//! Bodies.

use utoipa::openapi::{RefOr, Schema};

use crate::error::ApiError;
use crate::problem::Problems;
use crate::request::Object;
use crate::schema::{Components, Describe, Properties};
use crate::value::{Nullable, Value};

/// A declared body, or an object within one. Made by [`input!`].
pub(crate) trait Input: Describe + Sized {
    /// The keys it knows.
    const KEYS: &'static [&'static str];
    /// Whether a body without any key is wrong.
    const REQUIRED: bool;
    /// Whether there are secrets among its values, so that no wrong value is repeated in an error.
    const SECRET: bool;

    /// Reads all keys; what is wrong is noted. None only with a note.
    fn read_object(object: &Object<'_>, problems: &mut Problems) -> Option<Self>;

    /// Adds its properties to a schema.
    fn describe_keys(properties: &mut Properties, components: &mut Components);
}

/// The type of a declared key: a value that must be given, an `Option` that may be absent or `null`, or a
/// [`Nullable`] that must be given and may be `null`.
pub(crate) trait BodyField: Sized {
    const REQUIRED: bool;

    /// None only with a note.
    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self>;

    fn schema(components: &mut Components) -> RefOr<Schema>;
}

impl<T: Value> BodyField for T {
    const REQUIRED: bool = true;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        let read = object.value(key, problems);
        if read.is_none() {
            object.missing(key, problems);
        }
        read
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

impl<T: Value> BodyField for Option<T> {
    const REQUIRED: bool = false;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        Some(object.value(key, problems))
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

impl<T: Value> BodyField for Nullable<T> {
    const REQUIRED: bool = true;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        if !object.has(key) {
            object.missing(key, problems);
            return None;
        }
        Some(Self(object.value(key, problems)))
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <Self as Describe>::schema(components)
    }
}

/// A value that stays as it is where its key is absent, and that `null` clears.
#[derive(Debug)]
pub(crate) enum Change<T> {
    /// The key is absent.
    Keep,
    /// The key is `null`, or its value is as good as none.
    Clear,
    /// Another value.
    Set(T),
}

impl<T> Change<T> {
    /// As an edit has it: none to keep it, a none within to clear it.
    pub(crate) fn edit<U>(self, convert: impl FnOnce(T) -> U) -> Option<Option<U>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(convert(value))),
        }
    }
}

impl<T: Value> BodyField for Change<T> {
    const REQUIRED: bool = false;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        if !object.has(key) {
            return Some(Self::Keep);
        }
        Some(object.value(key, problems).map_or(Self::Clear, Self::Set))
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <Nullable<T> as Describe>::schema(components)
    }
}

/// A value that must be given. Where it is missing or wrong, that is noted, and the other keys can still be checked.
#[derive(Debug)]
pub(crate) struct Required<T>(Option<T>);

impl<T> Required<T> {
    /// The value, of a body with which nothing is wrong.
    ///
    /// # Errors
    /// An internal one, where the body was used although something was wrong.
    pub(crate) fn get(self) -> Result<T, ApiError> {
        self.0.ok_or_else(|| ApiError::Internal("a body was used although a key was missing".to_owned()))
    }
}

impl<T: Value> BodyField for Required<T> {
    const REQUIRED: bool = true;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        Some(Self(T::read_key(object, key, problems)))
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

/// Declares a body, or an object within one. A key whose name is no Rust name is given as `name as "wireName"`.
/// After `secret` no wrong value is repeated in an error.
macro_rules! input {
    (secret $($declaration:tt)*) => {
        $crate::declare::input::input!(@declare true $($declaration)*);
    };
    (
        @declare $secret:literal
        $(#[doc = $says:literal])*
        $vis:vis struct $name:ident {
            $($(#[doc = $field_says:literal])* $field:ident $(as $wire:literal)? : $type:ty),* $(,)?
        }
    ) => {
        $(#[doc = $says])*
        #[derive(Debug)]
        $vis struct $name {
            $($(#[doc = $field_says])* $vis $field: $type,)*
        }

        impl $crate::declare::input::Input for $name {
            const KEYS: &'static [&'static str] =
                &[$($crate::declare::name::wire_name!($field $($wire)?)),*];
            const REQUIRED: bool = $(<$type as $crate::declare::input::BodyField>::REQUIRED ||)* false;
            const SECRET: bool = $secret;

            fn read_object(
                object: &$crate::request::Object<'_>,
                problems: &mut $crate::problem::Problems,
            ) -> Option<Self> {
                // All are read before the first that is missing ends the reading.
                $(let $field = <$type as $crate::declare::input::BodyField>::read_key(
                    object,
                    $crate::declare::name::wire_name!($field $($wire)?),
                    problems,
                );)*
                Some(Self { $($field: $field?),* })
            }

            fn describe_keys(
                properties: &mut $crate::schema::Properties,
                components: &mut $crate::schema::Components,
            ) {
                $({
                    let schema = <$type as $crate::declare::input::BodyField>::schema(components);
                    let required = <$type as $crate::declare::input::BodyField>::REQUIRED;
                    properties.add(
                        $crate::declare::name::wire_name!($field $($wire)?),
                        required,
                        schema,
                        &[$($field_says),*],
                    );
                })*
            }
        }

        impl $crate::schema::Describe for $name {
            fn schema(
                components: &mut $crate::schema::Components,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let mut properties = $crate::schema::Properties::default();
                <Self as $crate::declare::input::Input>::describe_keys(&mut properties, components);
                components.add(stringify!($name), properties.done(&[$($says),*]))
            }
        }

        impl $crate::value::Value for $name {
            fn read(
                value: &$crate::wire::Json<'_>,
                place: $crate::wire::Place<'_>,
                problems: &mut $crate::problem::Problems,
            ) -> Option<Self> {
                $crate::request::Object::within(value, place, problems, <Self as $crate::declare::input::Input>::read_object)
            }
        }
    };
    ($($declaration:tt)*) => {
        $crate::declare::input::input!(@declare false $($declaration)*);
    };
}

pub(crate) use input;
