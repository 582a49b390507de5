//! Answers.

use utoipa::openapi::{RefOr, Schema};

use crate::object::{Obj, Put};
use crate::schema::{Components, Describe, Properties};

/// A declared object of an answer. Made by [`output!`].
pub(crate) trait Output: Put + Describe {
    /// Adds its keys to an object.
    fn put_keys(&self, object: &mut Obj);

    /// Adds its properties to a schema.
    fn describe_keys(properties: &mut Properties, components: &mut Components);
}

/// The type of a declared key: a value that is always there, also as [`null`](crate::value::Nullable), or an `Option`
/// that is left out when there is none.
pub(crate) trait AnswerField {
    const REQUIRED: bool;

    fn put_key(&self, name: &'static str, object: &mut Obj);

    fn schema(components: &mut Components) -> RefOr<Schema>;
}

impl<T: Put + Describe> AnswerField for T {
    const REQUIRED: bool = true;

    fn put_key(&self, name: &'static str, object: &mut Obj) {
        object.add_declared(name, self);
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

impl<T: Put + Describe> AnswerField for Option<T> {
    const REQUIRED: bool = false;

    fn put_key(&self, name: &'static str, object: &mut Obj) {
        if let Some(value) = self {
            object.add_declared(name, value);
        }
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <T as Describe>::schema(components)
    }
}

/// An object with the keys of one declared object, then those of another.
pub(crate) struct Joined<A, B>(pub(crate) A, pub(crate) B);

impl<A: Output, B: Output> Output for Joined<A, B> {
    fn put_keys(&self, object: &mut Obj) {
        self.0.put_keys(object);
        self.1.put_keys(object);
    }

    fn describe_keys(properties: &mut Properties, components: &mut Components) {
        A::describe_keys(properties, components);
        B::describe_keys(properties, components);
    }
}

impl<A: Output, B: Output> Put for Joined<A, B> {
    fn put(&self, out: &mut Vec<u8>) {
        let mut object = Obj::new();
        self.put_keys(&mut object);
        object.put(out);
    }
}

impl<A: Output, B: Output> Describe for Joined<A, B> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        Self::describe_keys(&mut properties, components);
        properties.done(&[]).into()
    }
}

/// Declares an object of an answer; its keys go out in the order of the declaration. A key whose name is no Rust name
/// is given as `name as "wireName"`.
macro_rules! output {
    (
        $(#[doc = $says:literal])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[doc = $field_says:literal])* $field:ident $(as $wire:literal)? : $type:ty),* $(,)?
        }
    ) => {
        $(#[doc = $says])*
        $vis struct $name $(<$life>)? {
            $($(#[doc = $field_says])* $vis $field: $type,)*
        }

        impl $(<$life>)? $crate::declare::output::Output for $name $(<$life>)? {
            fn put_keys(&self, object: &mut $crate::object::Obj) {
                $($crate::declare::output::AnswerField::put_key(
                    &self.$field,
                    $crate::declare::name::wire_name!($field $($wire)?),
                    object,
                );)*
            }

            fn describe_keys(
                properties: &mut $crate::schema::Properties,
                components: &mut $crate::schema::Components,
            ) {
                $({
                    let schema = <$type as $crate::declare::output::AnswerField>::schema(components);
                    let required = <$type as $crate::declare::output::AnswerField>::REQUIRED;
                    properties.add(
                        $crate::declare::name::wire_name!($field $($wire)?),
                        required,
                        schema,
                        &[$($field_says),*],
                    );
                })*
            }
        }

        impl $(<$life>)? $crate::object::Put for $name $(<$life>)? {
            fn put(&self, out: &mut Vec<u8>) {
                let mut object = $crate::object::Obj::new();
                $crate::declare::output::Output::put_keys(self, &mut object);
                object.put(out);
            }
        }

        impl $(<$life>)? $crate::schema::Describe for $name $(<$life>)? {
            fn schema(
                components: &mut $crate::schema::Components,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let mut properties = $crate::schema::Properties::default();
                <Self as $crate::declare::output::Output>::describe_keys(&mut properties, components);
                components.add(stringify!($name), properties.done(&[$($says),*]))
            }
        }
    };
}

pub(crate) use output;
