//! Sealing: how passwords and tokens rest in the store, and the whole life of the key that opens them.
//!
//! XChaCha20-Poly1305 with the row's identity as associated data, so a sealed value moved to another row does
//! not open; a key id in front, so that keys can rotate. The key is `secret.key` beside the data (0600, made
//! at the first start) unless the operator gives one. The store keeps a sealed check value ([`Sealer::check_value`])
//! and hands it to [`Sealer::open`]: a missing or wrong key is found at start, not at the first login. Dropping
//! every sealed value (`secrets reset`) must drop the check value too; the next open then begins again with the
//! key it finds, or makes one. Never prints a key, never writes over a key file.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use crate::contract::StoreError;
use crate::private;

/// The key file's name in the data directory.
pub const KEY_FILE: &str = "secret.key";
/// A key: 256 bits, what the cipher takes.
const KEY_BYTES: usize = 32;
/// Names a key in front of what it sealed: enough to distinguish a handful of keys, too little to help a guess.
const KEY_ID_BYTES: usize = 4;
/// XChaCha20's nonce: long enough to be drawn at random without ever counting.
const NONCE_BYTES: usize = 24;
/// The first byte of a sealed value; then come key id, nonce, and ciphertext with its tag. New values are sealed
/// with keys derived by HKDF.
const LAYOUT: u8 = 2;
/// The first byte of values that earlier versions sealed, with keys derived by SHA-256. They still open.
const OLD_LAYOUT: u8 = 1;
/// Separates keys derived here from any other use of the same key (RFC 5869, section 3.1).
const SALT: &[u8] = b"crewbox/secret.key";
/// What the check value seals, and the identity it is sealed under.
const CHECK: (&[u8], &[u8]) = (b"meta/seal_check", b"crewbox");
/// No key file is longer: 64 hex digits and a line end for each of a few keys.
const MAX_KEY_FILE_BYTES: u64 = 4_096;

/// Where the key comes from. Cannot be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The directory's key file; made if the store has never sealed anything.
    File,
    /// The operator: the file is neither read nor written.
    Given([u8; KEY_BYTES]),
    /// Nowhere: the key is lost, sealed values cannot be opened.
    Lost,
}

/// Seals and opens values. Holds the key; prints nothing of it.
pub struct Sealer {
    file: PathBuf,
    /// The first seals; all of them open. Empty when the key is lost.
    keys: Vec<Key>,
}

/// One key, in the parts it is used for; the key itself is not kept.
struct Key {
    /// Seals and opens.
    sealing: Sealing,
    /// Opens what earlier versions sealed.
    old: Sealing,
    /// From which keys for other purposes are derived.
    root: Hkdf<Sha256>,
}

/// A cipher, and the id of its key in sealed values.
struct Sealing {
    id: [u8; KEY_ID_BYTES],
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("file", &self.file).field("keys", &self.keys.len()).finish()
    }
}

impl Sealer {
    /// Opens the sealing of the store in `dir`. `check` is the check value the store holds, none while it has
    /// never had one (then a missing key file is made, and the caller must store [`Self::check_value`]).
    ///
    /// A key file holds one key a line in hexadecimal; the first seals, the others only open, so a key is
    /// rotated by putting a new line on top.
    ///
    /// # Errors
    /// `KeyMissing`, `KeyWrong` naming the file; `Io`.
    pub fn open(dir: &Path, source: Source, check: Option<&[u8]>) -> Result<Self, StoreError> {
        let file = dir.join(KEY_FILE);
        let keys = match source {
            Source::Lost => return Ok(Self { file, keys: Vec::new() }),
            Source::Given(key) => vec![key],
            Source::File => match read(&file)? {
                Some(keys) => keys,
                None if check.is_some() => return Err(StoreError::KeyMissing(file)),
                None => vec![make(dir, &file)?],
            },
        };
        let sealer = Self { file, keys: keys.iter().map(Key::new).collect() };
        match check {
            Some(check) => sealer.verify(check).map(|()| sealer),
            None => Ok(sealer),
        }
    }

    /// Seals a value for the row `identity` names.
    ///
    /// # Errors
    /// `KeyMissing` when the key is lost; `Io` when the system has no randomness to give.
    pub fn seal(&self, identity: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.keys.first().ok_or_else(|| StoreError::KeyMissing(self.file.clone()))?;
        let mut nonce = [0_u8; NONCE_BYTES];
        random(&mut nonce)?;
        let sealed = key
            .sealing
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: identity })
            .map_err(|_| StoreError::Engine("a value is too long to seal".to_owned()))?;
        Ok([&[LAYOUT][..], &key.sealing.id, &nonce, &sealed].concat())
    }

    /// Opens a value sealed for the row `identity` names.
    ///
    /// # Errors
    /// `KeyMissing` when the key is lost; `KeyWrong` when another key sealed it; `Engine` when it was sealed
    /// for another row, or altered.
    pub fn unseal(&self, identity: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        if self.keys.is_empty() {
            return Err(StoreError::KeyMissing(self.file.clone()));
        }
        let (layout, id, nonce, body) = parts(sealed).ok_or_else(altered)?;
        let mut keys = self.keys.iter().map(|key| if layout == OLD_LAYOUT { &key.old } else { &key.sealing });
        let key = keys.find(|key| key.id == id).ok_or_else(|| StoreError::KeyWrong(self.file.clone()))?;
        key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: identity }).map_err(|_| altered())
    }

    /// The value the store keeps to know its key again. A fresh one each time: after a rotation it should be
    /// stored again.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn check_value(&self) -> Result<Vec<u8>, StoreError> {
        self.seal(CHECK.0, CHECK.1)
    }

    /// Whether this is the store's key.
    ///
    /// # Errors
    /// `KeyMissing`, `KeyWrong`.
    pub fn verify(&self, check: &[u8]) -> Result<(), StoreError> {
        match self.unseal(CHECK.0, check) {
            Ok(plain) if plain == CHECK.1 => Ok(()),
            Err(missing @ StoreError::KeyMissing(_)) => Err(missing),
            _ => Err(StoreError::KeyWrong(self.file.clone())),
        }
    }

    /// A key for another purpose (signed links), the same as long as the sealing key is.
    ///
    /// # Errors
    /// `KeyMissing`.
    pub fn derive(&self, purpose: &str) -> Result<[u8; 32], StoreError> {
        let key = self.keys.first().ok_or_else(|| StoreError::KeyMissing(self.file.clone()))?;
        Ok(expand(&key.root, &["derived/", purpose].concat()))
    }
}

impl Key {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        let root = Hkdf::<Sha256>::new(Some(SALT), key);
        let sealing = Sealing::new(expand(&root, "id"), expand(&root, "seal"));
        let old = Sealing::new(old_derived(key, "id"), old_derived(key, "seal"));
        Self { sealing, old, root }
    }
}

impl Sealing {
    fn new(named: [u8; KEY_BYTES], key: [u8; KEY_BYTES]) -> Self {
        let [a, b, c, d, ..] = named;
        Self { id: [a, b, c, d], cipher: XChaCha20Poly1305::new(&key.into()) }
    }
}

/// A key for one purpose, by HKDF-SHA256 (RFC 5869).
fn expand(root: &Hkdf<Sha256>, purpose: &str) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    root.expand(purpose.as_bytes(), &mut key).expect("HKDF-SHA256 gives up to 8,160 bytes (RFC 5869)");
    key
}

/// How earlier versions derived keys: SHA-256 over the key and the hash of the purpose.
fn old_derived(key: &[u8; KEY_BYTES], purpose: &str) -> [u8; KEY_BYTES] {
    let purpose = Sha256::digest(purpose.as_bytes());
    Sha256::new().chain_update(key).chain_update(purpose).finalize().into()
}

/// A sealed value's layout, key id, nonce and ciphertext.
type Parts<'a> = (u8, [u8; KEY_ID_BYTES], [u8; NONCE_BYTES], &'a [u8]);

fn parts(sealed: &[u8]) -> Option<Parts<'_>> {
    let (&layout @ (LAYOUT | OLD_LAYOUT), rest) = sealed.split_first()? else { return None };
    let (id, rest) = rest.split_first_chunk()?;
    let (nonce, body) = rest.split_first_chunk()?;
    Some((layout, *id, *nonce, body))
}

fn altered() -> StoreError {
    StoreError::Engine("a sealed value does not open: it is another row's, or it was altered".to_owned())
}

/// The keys in a file; none if there is no file.
fn read(file: &Path) -> Result<Option<Vec<[u8; KEY_BYTES]>>, StoreError> {
    let doing = || format!("reading the key file {}", file.display());
    let size = match fs::metadata(file) {
        Ok(found) => found.len(),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { doing: doing(), source }),
    };
    if size > MAX_KEY_FILE_BYTES {
        return Err(StoreError::KeyWrong(file.to_owned()));
    }
    let bytes = fs::read(file).map_err(|source| StoreError::Io { doing: doing(), source })?;
    keep_private(file);
    let text = String::from_utf8(bytes).map_err(|_| StoreError::KeyWrong(file.to_owned()))?;
    let keys: Option<Vec<_>> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(from_hex).collect();
    match keys {
        Some(keys) if !keys.is_empty() => Ok(Some(keys)),
        _ => Err(StoreError::KeyWrong(file.to_owned())),
    }
}

/// Reads a key as the key file and the operator write it: 64 hexadecimal digits.
#[must_use]
pub fn from_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0_u8; KEY_BYTES];
    if text.len() != KEY_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(key)
}

/// Makes a key file, or takes the one another process has just made. It appears whole or not at all.
fn make(dir: &Path, file: &Path) -> Result<[u8; KEY_BYTES], StoreError> {
    use std::fmt::Write as _;
    let io = |source| StoreError::Io { doing: format!("making the key file {}", file.display()), source };
    let mut key = [0_u8; KEY_BYTES];
    random(&mut key)?;
    let mut text = String::with_capacity(KEY_BYTES * 2 + 1);
    for byte in key {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    let draft = dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    // Of a process with the same id that died.
    let _ = fs::remove_file(&draft);
    let written = private::create_file(&draft).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        out.sync_all()
    });
    let placed = written.and_then(|()| fs::hard_link(&draft, file));
    let _ = fs::remove_file(&draft);
    match placed {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            return match read(file)?.as_deref() {
                Some([first, ..]) => Ok(*first),
                _ => Err(StoreError::KeyMissing(file.to_owned())),
            };
        }
        Err(e) => return Err(io(e)),
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    Ok(key)
}

/// A key file others may read is closed to them, and the operator told: it may have been seen.
fn keep_private(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
        if open {
            let closed = fs::set_permissions(file, fs::Permissions::from_mode(0o600)).is_ok();
            tracing::warn!(file = %file.display(), closed, "the key file could be read by others than its owner");
        }
    }
}

fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|e| StoreError::Io {
        doing: "drawing random bytes".to_owned(),
        source: std::io::Error::other(e),
    })
}

#[cfg(test)]
mod tests;
