//! Letters, the same for the same words.

/// A plain letter, to be changed and then written.
#[derive(Clone, Debug)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub message_id: Option<String>,
    pub answers: Option<String>,
    /// Further header lines, without line ends.
    pub more: Vec<String>,
    pub body: String,
}

impl Letter {
    pub fn new(from: &str, to: &str, subject: &str) -> Self {
        let id = format!(
            "{}.{}@letters.example",
            subject.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
            from.len()
        );
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            subject: subject.to_owned(),
            message_id: Some(id),
            answers: None,
            more: Vec::new(),
            body: format!("This is {subject}.\r\n"),
        }
    }

    #[must_use]
    pub fn answering(mut self, message_id: &str) -> Self {
        self.answers = Some(message_id.trim_matches(['<', '>']).to_owned());
        self
    }

    #[must_use]
    pub fn saying(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    #[must_use]
    pub fn with(mut self, line: &str) -> Self {
        self.more.push(line.to_owned());
        self
    }

    /// Its bytes.
    pub fn raw(&self) -> Vec<u8> {
        let mut text = format!("From: {}\r\nTo: {}\r\nSubject: {}\r\n", self.from, self.to, self.subject);
        text.push_str("Date: Mon, 02 Jun 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
        if let Some(id) = &self.message_id {
            text.push_str(&format!("Message-ID: <{id}>\r\n"));
        }
        if let Some(id) = &self.answers {
            text.push_str(&format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n"));
        }
        for line in &self.more {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        text.into_bytes()
    }
}
