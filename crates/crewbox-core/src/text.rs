//! Search text: case- and accent-insensitive form of a string.
