#!/usr/bin/env python3
"""Compares how Crewbox reads mail with Python's `email` and with mail-parser alone, on the samples of both.

    python3 crates/crewbox-mail/tests/compare/compare.py [FILE…]

Without files: the samples that come with mail-parser's source in cargo's registry, and the test data of Python's
`email` (`test/test_email/data`), where this Python has them installed. Nothing is copied. Prints a row for each field of
a mail that is not read alike by all three; docs/mail-parsing.md judges them.
"""

import email
import email.header
import email.policy
import email.utils
import glob
import json
import os
import re
import subprocess
import sys

FIELDS = ("email", "name", "subject", "date", "text")
SHOWN = 70


def samples():
    found = []
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    for folder in glob.glob(os.path.join(home, "registry/src/*/mail-parser-0.11.9/resources/eml")):
        found += sorted(glob.glob(os.path.join(folder, "**/*.eml"), recursive=True))
        break
    try:
        import test.test_email
        data = os.path.join(os.path.dirname(test.test_email.__file__), "data")
        found += sorted(glob.glob(os.path.join(data, "*.txt")))
    except ImportError:
        print("This Python has no test data of `email`: only the parser's samples are compared.", file=sys.stderr)
    return found


def our_readings(files):
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..")
    command = ["cargo", "run", "--quiet", "-p", "crewbox-mail", "--example", "reading", "--", *files]
    done = subprocess.run(command, cwd=top, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain_texts(message):
    """The text parts that show, not those of attached messages."""
    if message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.get_payload():
            yield from plain_texts(part)
    elif message.get_content_type() == "text/plain" and message.get_content_disposition() != "attachment":
        try:
            yield message.get_content()
        except (LookupError, ValueError):
            yield message.get_payload(decode=True).decode("latin-1")


def pythons_reading(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    got = {"email": "", "name": "", "subject": "", "date": None, "text": None}
    try:
        addresses = message["from"].addresses if message["from"] else ()
        if addresses:
            got["email"], got["name"] = addresses[0].addr_spec, addresses[0].display_name
    except Exception as error:  # a defect of the parser is a reading, too
        got["email"] = f"({type(error).__name__})"
    for name, read in (("subject", lambda: str(message["subject"] or "")), ("date", lambda: date_of(message))):
        try:
            got[name] = read()
        except Exception as error:
            got[name] = f"({type(error).__name__})"
    try:
        texts = list(plain_texts(message))
        got["text"] = "\n".join(texts) if texts else None
    except Exception as error:
        got["text"] = f"({type(error).__name__})"
    return got


def date_of(message):
    found = message["date"]
    return int(found.datetime.timestamp()) if found is not None and found.datetime is not None else None


def comparable(field, value):
    if value is None or value == "":
        return None
    if field == "date":
        return value
    text = re.sub(r"\s+", " ", str(value)).strip()
    return (text.lower() if field == "email" else text) or None


def around(values):
    """The values from shortly before where they differ: long texts are alike for long."""
    texts = [value for value in values if isinstance(value, str)]
    alike = len(os.path.commonprefix(texts)) if len(texts) > 1 else 0
    start = max(0, alike - SHOWN // 2)
    return ["…" + value[start:] if start and isinstance(value, str) else value for value in values]


def shown(value):
    text = "–" if value is None else json.dumps(value, ensure_ascii=False).strip('"')
    text = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return text.replace("|", "\\|")


def main():
    files = sys.argv[1:] or samples()
    alike = {field: 0 for field in FIELDS}
    rows = []
    for reading in our_readings(files):
        with open(reading["file"], "rb") as file:
            python = pythons_reading(file.read())
        ours, parser = reading["ours"] or {}, reading["parser"] or {}
        for field in FIELDS:
            values = [comparable(field, who.get(field)) for who in (ours, python, parser)]
            if field == "text" and values[1] is None:
                # Python makes no text of HTML: only the parser says what it should be.
                values[1] = values[2]
            if values[0] == values[1] == values[2]:
                alike[field] += 1
            else:
                name = "/".join(reading["file"].split("/")[-2:])
                rows.append(f"| `{name}` | {field} | " + " | ".join(map(shown, around(values))) + " |")
    print("| mail | field | Crewbox | Python | mail-parser |\n|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"\n{len(files)} mails; read alike by all three: " + ", ".join(f"{k} {v}" for k, v in alike.items()))


if __name__ == "__main__":
    main()
