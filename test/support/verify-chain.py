"""Verifies a ledger's hash chain by docs/journal-format.md, with nothing of the product.

Reads entries as the API answers them, one JSON object a line, in the order of their numbers.
Prints "<last entry number> <last hash>", or what is wrong with the first wrong entry and ends with status 1.
"""

import hashlib
import json
import sys

GENESIS = "0" * 64


def canonical_metadata(value):
    """Canonical JSON: fields sorted by UTF-16 code units."""
    if isinstance(value, dict):
        fields = sorted(value.items(), key=lambda field: field[0].encode("utf-16-be"))
        return "{" + ",".join(f"{text(name)}:{canonical_metadata(item)}" for name, item in fields) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical_metadata(item) for item in value) + "]"
    if isinstance(value, Literal):
        return value.source
    return text(value)


class Literal:
    """A number of the metadata, kept as it is written: it is canonical already."""

    def __init__(self, source):
        self.source = source


def text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digits(value):
    return value.source if isinstance(value, Literal) else str(value)


def canonical(entry, previous):
    lines = [
        [
            line["account_id"],
            line["side"],
            digits(line["amount_minor"]),
            line["currency"],
            digits(line["balance_after_minor"]),
            digits(line["version"]),
        ]
        for line in entry["lines"]
    ]
    return text(
        [
            "credit-ledger/entry/1",
            previous,
            entry["ledger"],
            digits(entry["entry_number"]),
            entry["id"],
            entry["transfer_id"],
            entry["batch_id"],
            entry["reverses"],
            "true" if entry["forced"] else "false",
            entry["description"],
            canonical_metadata(entry["metadata"]),
            entry["posted_at"],
            entry["effective_at"],
            lines,
        ]
    )


def what_is_wrong(entry, number, previous):
    if digits(entry["entry_number"]) != str(number):
        return f"expected entry {number}, found {digits(entry['entry_number'])}"
    if entry["previous_hash"] != previous:
        return f"entry {number} does not follow the entry before it"
    if hashlib.sha256(canonical(entry, previous).encode()).hexdigest() != entry["hash"]:
        return f"entry {number} is not what its hash was made of"
    nets = {}
    for line in entry["lines"]:
        amount = int(digits(line["amount_minor"]))
        net = amount if line["side"] == "DEBIT" else -amount
        nets[line["currency"]] = nets.get(line["currency"], 0) + net
    if any(nets.values()):
        return f"entry {number} is not balanced"
    return None


def main():
    previous = GENESIS
    number = 0
    for row in sys.stdin.buffer:
        if row.strip() == b"":
            continue
        entry = json.loads(row.decode(), parse_int=Literal, parse_float=Literal)
        number += 1
        wrong = what_is_wrong(entry, number, previous)
        if wrong is not None:
            print(wrong)
            return 1
        previous = entry["hash"]
    print(number, previous)
    return 0


if __name__ == "__main__":
    sys.exit(main())
