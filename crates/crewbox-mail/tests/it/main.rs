//! Mail, end to end as a library: bytes in, everything that is kept out.
