"""Checks a receipt by docs/receipt-format.md, with nothing of the product: Python's standard library, and the
`openssl` command for Ed25519.

python3 check-receipt.py <receipt.json> <public-key.pem>
Prints "<ledger> <entry number> <tree size>", or what is wrong and ends with status 1.
"""

import base64
import hashlib
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("chain", here / "verify-chain.py")
chain = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chain)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(leaf, index, size, proof):
    """RFC 9162, section 2.1.3.2, as it stands there."""
    fn, sn = index, size - 1
    r = sha(b"\x00", leaf)
    for p in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = sha(b"\x01", p, r)
            while not fn & 1 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            r = sha(b"\x01", r, p)
        fn >>= 1
        sn >>= 1
    return r if sn == 0 else None


def is_signed(text, signature, key_file):
    with tempfile.TemporaryDirectory() as folder:
        message, sig = pathlib.Path(folder, "message"), pathlib.Path(folder, "signature")
        message.write_bytes(text)
        sig.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key_file]
        done = subprocess.run([*command, "-sigfile", str(sig), "-in", str(message)], capture_output=True)
        return done.returncode == 0


def what_is_wrong(receipt, key_file):
    if receipt["format"] != "credit-ledger/receipt/1":
        return "it is of another format"
    entry = receipt["entry"]
    number = int(chain.digits(entry["entry_number"]))
    index, size = int(chain.digits(receipt["leaf_index"])), int(chain.digits(receipt["tree_size"]))
    if hashlib.sha256(chain.canonical(entry, entry["previous_hash"]).encode()).hexdigest() != entry["hash"]:
        return "the entry is not what its hash was made of"
    text, _, last = receipt["head"].rpartition("\n\n")
    text += "\n"
    origin, head_size, root, *_ = text.split("\n")
    signature = base64.b64decode(last.rstrip("\n").split(" ")[2])[4:]
    if not is_signed(text.encode(), signature, key_file):
        return "the signature is wrong"
    if not origin.endswith("/journal/" + entry["ledger"]):
        return "the head is of another tree"
    if int(head_size) != size or number != index + 1:
        return "the place in the tree is wrong"
    proof = [bytes.fromhex(node) for node in receipt["inclusion"]]
    if root_of(bytes.fromhex(entry["hash"]), index, size, proof) != base64.b64decode(root):
        return "the proof does not lead to the root"
    print(entry["ledger"], number, size)
    return None


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    receipt = json.loads(text, parse_int=chain.Literal, parse_float=chain.Literal)
    wrong = what_is_wrong(receipt, sys.argv[2])
    if wrong is not None:
        print(wrong)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
