//! Every limit on what a mail may make us do, with its reason. What is over a limit is never lost: it is
//! shown as text, with a notice, and stays in the raw bytes.

/// Largest mail taken in, bytes. Providers stop at attachments of 25 to 50 MB, which base64 makes 69 of; a mail
/// may be posted up to this size.
pub const MAX_MAIL_BYTES: usize = 80 * 1024 * 1024;

/// Bytes fetched of one mail from a server, whatever size it claims: twice what is ever parsed.
pub const MAX_FETCHED_BYTES: u64 = MAX_MAIL_BYTES as u64 * 2;

/// Deepest nesting of multiparts and attached messages. Real forward chains stay below twenty.
pub const MAX_MIME_DEPTH: usize = 100;

/// Most parts in one mail. A mail of a thousand parts is a digest or an attack.
pub const MAX_PARTS: usize = 1_000;

/// Most bytes of one header block that are looked at; servers refuse more than a fraction of it.
pub const MAX_HEADER_BYTES: usize = 256 * 1024;

/// Most bytes of one header field that are decoded: some decoders are quadratic in a field's length.
pub const MAX_FIELD_BYTES: usize = 64 * 1024;

/// Most unfinished encoded words in one field: each makes the decoder read on to the end of the field.
pub const MAX_OPEN_WORDS: usize = 16;

/// How far is looked, behind a line that is no header, for headers that go on, bytes: more than a header block of
/// people's programs has left at that place.
pub const MAX_LOOKAHEAD_BYTES: usize = 16 * 1024;

/// Longest multipart boundary; RFC 2046 allows 70.
pub const MAX_BOUNDARY_BYTES: usize = 256;

/// Most multiparts of one mail whose boundary is searched for in all that follows.
pub const MAX_BOUNDARY_SEARCHES: usize = 16;

/// Deepest nesting of containers that are opened (S/MIME inside S/MIME): programs write one or two.
pub const MAX_CONTAINER_DEPTH: usize = 4;

/// Most properties read of one list in TNEF; a message of Outlook has a few hundred.
pub const MAX_TNEF_PROPERTIES: usize = 10_000;

/// Most RTF that is made of compressed bytes, which hold eight times their size: as much as of HTML.
pub const MAX_RTF_BYTES: usize = 1024 * 1024;

/// Deepest nesting of RTF groups; Word's reach thirty.
pub const MAX_RTF_DEPTH: usize = 256;

/// Deepest nesting of BER values that are walked to find the content of a signed message; real ones reach ten.
pub const MAX_BER_DEPTH: usize = 32;

/// Most BER values that are looked at: the largest mail in pieces of a thousand bytes has a tenth of these.
pub const MAX_BER_VALUES: usize = 1_000_000;

/// Most HTML of one mail that is parsed, bytes. The largest newsletters have a third of it.
pub const MAX_HTML_BYTES: usize = 1024 * 1024;

/// Most of such HTML of one mail whose words are shown instead, bytes: no text that a person wrote is as long.
pub const MAX_HTML_AS_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Deepest nesting of HTML elements; table-built newsletters reach sixty.
pub const MAX_HTML_DEPTH: usize = 256;

/// Most HTML tags: each costs about 2 µs in parsing and cleaning.
pub const MAX_HTML_TAGS: usize = 30_000;

/// Most attributes of one tag: the tokenizer compares each with all before it.
pub const MAX_TAG_ATTRIBUTES: usize = 200;

/// Most of (tags and line ends × their depth): the tree builder walks the open elements at each tag.
pub const MAX_HTML_DEPTH_WORK: usize = 1_000_000;

/// Most character references: the tokenizer takes a slow path for each, the slower the more do not end.
pub const MAX_HTML_REFERENCES: usize = 20_000;

/// Widest span of a table cell that is kept; browsers take the number at its word.
pub const MAX_CELL_SPAN: usize = 100;

/// Most of (tags × formatting elements left open): the tree builder opens each of them again.
pub const MAX_HTML_FORMAT_WORK: usize = 60_000;

/// Most tags and texts directly inside a table: each is moved before the table by a linear search.
pub const MAX_HTML_FOSTERED: usize = 2_000;

/// Most `<html>` and `<body>` tags: each merges its attributes into those there.
pub const MAX_HTML_ROOTS: usize = 32;

/// Most Message-IDs of a mail that are looked up. Long threads name hundreds; the newest decide.
pub const MAX_REFERENCES: usize = 64;

/// Most addresses kept of one field.
pub const MAX_ADDRESSES: usize = 500;

/// Longest address or Message-ID, bytes (RFC 5321 allows 254; RFC 5322 a line of 998).
pub const MAX_ID_BYTES: usize = 998;

/// Most attachments listed.
pub const MAX_ATTACHMENTS: usize = 500;

/// Longest text in which quotes and signature are looked for, bytes: a line costs 40 bytes while it is, and no
/// thread is as long.
pub const MAX_FOLDED_BYTES: usize = 1024 * 1024;

/// Most text looked at to tell what a message is, bytes; what decides is at the top.
pub const MAX_CLASSIFIED_BYTES: usize = 16 * 1024;

/// Most bytes of a bounce's text that are searched for recipients and returned headers.
pub const MAX_BOUNCE_BYTES: usize = 64 * 1024;

/// Longest evidence kept, characters: one line that a person reads.
pub const MAX_EVIDENCE_CHARS: usize = 160;
