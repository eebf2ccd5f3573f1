"""`verify --sign`, `check-result` and `attest timestamp`: a result that goes to somebody else."""

import base64
import json
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import tsp
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from integration.helpers import ANCHORS, AT, FIXTURES, TRUST
from provenance_cli.main import main
from support import key_files
from support.each import each
from support.pki import Who, credential

from provenance.kit import stamps

SAMPLE = FIXTURES / "ai-generated.png"
STAMPED = datetime(2026, 6, 1, 12, tzinfo=UTC)


def run(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The folder of pairs of keys, by name."""
    return key_files.write(
        tmp_path_factory.mktemp("keys"),
        ed=ed25519.Ed25519PrivateKey.generate(),
        other=ed25519.Ed25519PrivateKey.generate(),
        p256=ec.generate_private_key(ec.SECP256R1()),
        p384=ec.generate_private_key(ec.SECP384R1()),
    )


def sign(folder, keys, file=SAMPLE, key="ed", *more):
    """Sign the result for a file; return where it is."""
    result = folder / "result.dsse"
    made = run("verify", file, *TRUST, "--sign", keys / f"{key}.pem", "--signed", result, *more)
    assert made.exit_code in {0, 3, 4}, made.output
    return result


@pytest.fixture(scope="module")
def signed(tmp_path_factory, keys):
    return sign(tmp_path_factory.mktemp("signed"), keys)


def check(file, result, keys, key="ed", *more):
    return run("check-result", file, result, "--key", keys / f"{key}.pub", *more)


def statement(result):
    return json.loads(base64.b64decode(json.loads(result.read_bytes())["payload"]))


def token(message):
    """A token of the test authority over bytes."""
    tsa = credential(Who.TSA)
    return stamps.token(message, STAMPED, stamps.Authority(tsa.leaf, tsa.key, tsa.chain[1:]))


def signature(result):
    return base64.b64decode(json.loads(result.read_bytes())["signatures"][0]["sig"])


class TestWhatIsSigned:
    def test_a_signed_result_has_digest_tool_lists_time_verdict_and_the_whole_record(self, signed):
        top = statement(signed)
        told = top["predicate"]
        record = json.loads(run("verify", SAMPLE, *TRUST, "--format", "json").output)
        assert top["_type"] == "https://in-toto.io/Statement/v1"
        assert top["predicateType"] == "urn:provenance-verifier:result:1"
        assert top["subject"] == [
            {"name": SAMPLE.name, "digest": {"sha256": record["asset"]["sha256"]}}
        ]
        for name in ("tool", "sdk", "trust_lists", "validation_time", "policy", "network"):
            assert told[name] == record["environment"][name]
        assert told["verdict"] == record["verdict"]
        assert told["flagged"] == record["flagged"] == ["ai"]
        assert told["record"] == {**record, "asset": {**record["asset"], "path": SAMPLE.name}}
        assert datetime.fromisoformat(told["signed_at"]).tzinfo is not None

    def test_a_signed_result_names_no_folder_of_this_machine(self, signed):
        assert str(FIXTURES) not in json.dumps(statement(signed))

    @pytest.mark.parametrize("code", ["sidecar.unused", "sidecar.mismatch"])
    def test_a_signed_result_names_no_folder_of_the_sidecar(self, tmp_path, keys, code):
        folder = tmp_path / "folder-of-the-case"
        folder.mkdir()
        unused = code == "sidecar.unused"
        file, sidecar = folder / "photo.jpg", folder / "photo.c2pa"
        file.write_bytes((FIXTURES / ("capture.jpg" if unused else "plain.jpg")).read_bytes())
        sidecar.write_bytes(b"no credential")
        made = sign(tmp_path, keys, file, "ed", *(("--sidecar", sidecar) if unused else ()))
        record = statement(made)["predicate"]["record"]
        found = {one["code"]: one["where"] for one in record["findings"]}
        assert found[code] == "photo.c2pa"
        assert folder.name not in json.dumps(statement(made))

    def test_the_answer_is_printed_and_its_exit_code_kept(self, tmp_path, keys):
        plain = run("verify", SAMPLE, *TRUST)
        with_key = run(
            "verify", SAMPLE, *TRUST, "--sign", keys / "ed.pem", "--signed", tmp_path / "r"
        )
        assert (
            (with_key.exit_code, with_key.output)
            == (plain.exit_code, plain.output)
            == (3, plain.output)
        )

    def test_a_file_that_cannot_be_read_is_not_signed(self, tmp_path, keys):
        made = run(
            "verify", tmp_path / "none", "--sign", keys / "ed.pem", "--signed", tmp_path / "r"
        )
        assert made.exit_code == 1  # as without --sign: the file is at fault, not the command line
        assert "nothing was signed" in made.output
        assert not (tmp_path / "r").exists()

    @each(
        ("more", "says"),
        [
            (("--signed", "r"), "--signed goes with --sign"),
            (("--timestamp", "http://tsa.example/"), "--timestamp goes with --sign"),
            (("--sign", "k.pem"), "--sign needs -o OUT"),
            (("--sign", "k.pem", "--signed", "r", "x.png"), "single FILE"),
            (("--sign", "k.pem", "--signed", "r", "--archives"), "single FILE"),
            (("--sign", "k.pem", "--signed", "r"), "k.pem"),
            (("--sign", "k.pem", "--signed", "r", "--fragments", SAMPLE), "not those of"),
        ],
    )
    def test_wrong_usage_is_named(self, more, says):
        made = run("verify", SAMPLE, *more)
        assert made.exit_code == 2
        assert says in made.output


class TestCheck:
    @pytest.mark.parametrize("key", ["ed", "p256", "p384"])
    def test_the_public_key_alone_is_enough_to_check_a_result(self, tmp_path, keys, key):
        result = sign(tmp_path, keys, SAMPLE, key)
        made = check(SAMPLE, result, keys, key)
        assert made.exit_code == 0, made.output
        assert "RESULT      this is the file that was examined" in made.output
        assert "ai_generated, verified_private" in made.output
        assert "flagged     ai" in made.output

    def test_a_changed_byte_of_the_file_is_said_with_the_digest_that_was_signed(
        self, tmp_path, keys, signed
    ):
        data = bytearray(SAMPLE.read_bytes())
        data[-20] ^= 1
        other = tmp_path / "other.png"
        other.write_bytes(data)
        made = check(other, signed, keys)
        assert made.exit_code == 4
        assert "file        NOT as examined" in made.output
        assert statement(signed)["subject"][0]["digest"]["sha256"] in made.output

    def test_no_changed_byte_of_a_signed_result_passes(self, tmp_path, keys, signed):
        """Each byte of the payload and the signature, over the whole envelope in steps."""
        data = signed.read_bytes()
        start, stop = data.index(b'"payload": "') + 12, data.index(b'",\n  "payloadType"')
        changed = tmp_path / "changed"
        sig = data.index(b'"sig": "') + 8
        places = [*range(start, stop, max(1, (stop - start) // 60)), *range(sig, sig + 80, 7)]
        passed = []
        for place in places:
            other = bytearray(data)
            other[place] = ord("A") if other[place] != ord("A") else ord("B")
            changed.write_bytes(other)
            made = check(SAMPLE, changed, keys)
            if made.exit_code not in {2, 4}:
                passed.append((place, made.output))
        assert passed == []

    def test_the_sidecar_that_held_the_credential_is_checked_too(self, tmp_path, keys):
        case, copy = tmp_path / "case", tmp_path / "copy"
        for folder in (case, copy):
            folder.mkdir()
        medium, sidecar = case / "a.jpg", case / "other.c2pa"
        shutil.copyfile(FIXTURES / "plain-for-sidecar.jpg", medium)
        shutil.copyfile(FIXTURES / "plain-for-sidecar.c2pa", sidecar)
        result = sign(tmp_path, keys, medium, "ed", "--sidecar", sidecar)
        names = [one["name"] for one in statement(result)["subject"]]
        assert names == ["a.jpg", "other.c2pa"]
        assert check(medium, result, keys).exit_code == 0
        shutil.copyfile(medium, copy / "a.jpg")
        made = check(copy / "a.jpg", result, keys)
        assert made.exit_code == 4
        assert "sidecar     NOT checked: other.c2pa is not next to FILE" in made.output
        assert check(copy / "a.jpg", result, keys, "ed", "--sidecar", sidecar).exit_code == 0
        (copy / "other.c2pa").write_bytes(sidecar.read_bytes()[:-1] + b"?")
        made = check(copy / "a.jpg", result, keys)
        assert made.exit_code == 4
        assert "sidecar     NOT as examined" in made.output
        assert "RESULT      NOT shown to be for this sidecar" in made.output

    def test_a_result_without_the_digest_of_its_sidecar_is_refused(self, tmp_path, keys):
        medium = FIXTURES / "plain-for-sidecar.jpg"
        told = statement(sign(tmp_path, keys, medium))
        assert len(told["subject"]) == 2
        told["subject"] = told["subject"][:1]
        made = check(medium, sealed(tmp_path, keys, json.dumps(told).encode()), keys)
        assert made.exit_code == 2
        assert "not a result of a file" in made.output

    def test_a_sidecar_that_was_not_part_of_it_is_refused(self, keys, signed):
        sidecar = FIXTURES / "plain-for-sidecar.c2pa"
        assert check(SAMPLE, signed, keys, "ed", "--sidecar", sidecar).exit_code == 2

    def test_a_result_checked_with_another_key_is_not_valid(self, keys, signed):
        made = check(SAMPLE, signed, keys, "other")
        assert made.exit_code == 4
        assert "signature   NOT by the Ed25519 key" in made.output
        assert "RESULT      NOT valid" in made.output
        assert "ai_generated" not in made.output

    def test_each_trust_list_that_differs_on_this_machine_is_named(self, keys, signed, tmp_path):
        made = check(SAMPLE, signed, keys)
        assert "trust list  c2pa-signers (signer): the same on this machine" in made.output
        assert "trust list  anchors.pem (signer): not on this machine" in made.output
        same = check(SAMPLE, signed, keys, "ed", "--trust-anchors", ANCHORS)
        assert "trust list  anchors.pem (signer): the same on this machine" in same.output
        other = tmp_path / "anchors.pem"
        other.write_bytes((FIXTURES / "pki" / "root.pem").read_bytes())
        changed = check(SAMPLE, signed, keys, "ed", "--trust-anchors", other)
        assert "trust list  anchors.pem (signer): DIFFERENT on this machine" in changed.output

    def test_a_statement_about_something_else_is_refused(self, tmp_path, keys):
        ledger = tmp_path / "a.ledger"
        quiet = ("--exit-zero", "--progress", "none")
        made = run("audit", SAMPLE, "--ledger", ledger, "--sign", keys / "ed.pem", *quiet)
        assert made.exit_code == 0, made.output
        made = check(SAMPLE, tmp_path / "a.ledger.run-1.statement.json", keys)
        assert made.exit_code == 2
        assert "not a result of a file" in made.output

    def test_text_of_a_result_is_cleaned_before_it_is_printed(self, tmp_path, keys):
        from provenance.auditing import dsse
        from provenance.auditing.ledger_statement import canonical
        from provenance.auditing.statement_keys import load_signing_key

        top = statement(sign(tmp_path, keys))
        top["subject"][0]["name"] = "a\x1b[31m\u202eb"
        for told in (top["predicate"], top["predicate"]["record"]["environment"]):
            told["tool"] = {"deep": ["\x07" * 5000]}
        for told in (top["predicate"], top["predicate"]["record"]):
            told["flagged"] = ["\x1b[2J"]
        result = tmp_path / "hostile.dsse"
        key = load_signing_key(keys / "ed.pem")
        result.write_bytes(dsse.sealed(canonical(top), key).to_json())
        made = check(SAMPLE, result, keys)
        assert made.exit_code == 0
        assert not {"\x1b", "\u202e", "\x07"} & set(made.output)

    @each(
        "change",
        [
            lambda told: told.update(verdict={"origin": "captured", "assurance": "verified"}),
            lambda told: told.update(flagged=[]),
            lambda told: (told.update(flagged={}), told["record"].update(flagged={})),
            lambda told: told.update(tool="another"),
            lambda told: told.update(signed_at=0) or told["record"].pop("verdict"),
            lambda told: _lists(told, ["x"]),
            lambda told: _lists(told, [{"name": "x"}]),
            lambda told: _lists(told, {"x": 1}),
            lambda told: _lists(told, [{"name": "x", "purpose": 1, "sha256": []}]),
        ],
    )
    def test_a_result_that_is_not_one_with_its_record_is_refused(self, tmp_path, keys, change):
        top = statement(sign(tmp_path, keys))
        change(top["predicate"])
        made = check(SAMPLE, sealed(tmp_path, keys, json.dumps(top).encode()), keys)
        assert made.exit_code == 2, made.output
        assert made.output.count("\n") == 1

    @pytest.mark.parametrize("key", [b'"subject":', b'"verdict":', b'"sha256":'])
    def test_a_payload_that_names_a_key_twice_is_refused(self, tmp_path, keys, key):
        from provenance.auditing.ledger_statement import canonical

        data = canonical(statement(sign(tmp_path, keys)))
        twice = data.replace(key, key + b"0," + key, 1)
        assert check(SAMPLE, sealed(tmp_path, keys, data), keys).exit_code == 0
        assert check(SAMPLE, sealed(tmp_path, keys, twice), keys).exit_code == 2

    def test_an_envelope_that_names_a_key_twice_is_refused(self, tmp_path, keys, signed):
        other = tmp_path / "twice"
        other.write_bytes(b'{"payload": "e30=",' + signed.read_bytes().lstrip(b"{"))
        assert check(SAMPLE, other, keys).exit_code == 2

    @pytest.mark.parametrize("part", [b"[],", b"{},", b"1,", b'"",'])
    def test_an_envelope_of_many_small_parts_is_not_built(self, tmp_path, keys, signed, part):
        other, many = tmp_path / "many", part * 300_000
        other.write_bytes(b'{"a": [' + many + b"1]," + signed.read_bytes().lstrip(b"{"))
        made = check(SAMPLE, other, keys)
        assert made.exit_code == 2
        assert "not an envelope" in made.output

    @each(
        "payload",
        [b"", b"[]", b"{}", b"null", b'{"_type": 1}', b"[" * 5000, b'{"subject": [[]]}'],
        ids=repr,
    )
    def test_a_signed_payload_of_any_form_is_refused_in_one_line(self, tmp_path, keys, payload):
        from provenance.auditing import dsse
        from provenance.auditing.statement_keys import load_signing_key

        result = tmp_path / "odd.dsse"
        result.write_bytes(dsse.sealed(payload, load_signing_key(keys / "ed.pem")).to_json())
        made = check(SAMPLE, result, keys)
        assert made.exit_code == 2
        assert made.output.count("\n") == 1


def _lists(told, lists):
    from provenance.export.signed_result import lists_digest

    told.update(trust_lists=lists, trust_digest=lists_digest(lists))
    told["record"]["environment"]["trust_lists"] = lists


def sealed(folder, keys, payload):
    """An envelope as the program makes it, around a payload."""
    from provenance.auditing import dsse
    from provenance.auditing.statement_keys import load_signing_key

    result = folder / "sealed.dsse"
    result.write_bytes(dsse.sealed(payload, load_signing_key(keys / "ed.pem")).to_json())
    return result


class TestWhereItGoes:
    @pytest.mark.parametrize("what", ["media", "key", "empty", "anchors", "statement"])
    def test_a_signed_result_replaces_nothing_but_an_earlier_signed_result(
        self, tmp_path, keys, what
    ):
        ledger, statement_ = tmp_path / "a.ledger", tmp_path / "a.ledger.run-1.statement.json"
        if what == "statement":
            run("audit", SAMPLE, "--ledger", ledger, "--sign", keys / "ed.pem", "--exit-zero")
            target = statement_
        else:
            target = tmp_path / what
            held = {"media": SAMPLE, "key": keys / "ed.pem", "anchors": ANCHORS}.get(what)
            target.write_bytes(held.read_bytes() if held else b"")
        before = target.read_bytes()
        file = target if what in {"media", "empty"} else SAMPLE
        key = target if what == "key" else keys / "ed.pem"
        made = run("verify", file, "--sign", key, "--signed", target)
        assert made.exit_code == 2, made.output
        assert f"--signed {target}" in made.output
        assert target.read_bytes() == before

    def test_the_printed_and_the_signed_result_go_to_two_files(self, tmp_path, keys):
        target = tmp_path / "one"
        given = ("--sign", keys / "ed.pem", "--signed", target, "--output", tmp_path / "." / "one")
        made = run("verify", SAMPLE, *given, "--format", "json")
        assert made.exit_code == 2
        assert not target.exists()

    def test_option_o_alone_says_where_the_signed_result_goes(self, tmp_path, keys):
        plain = run("verify", SAMPLE, *TRUST)
        target = tmp_path / "r.dsse"
        made = run("verify", SAMPLE, *TRUST, "--sign", keys / "ed.pem", "-o", target)
        assert (made.exit_code, made.output) == (3, plain.output)
        assert check(SAMPLE, target, keys).exit_code == 0

    @pytest.mark.parametrize("option", ["-o", "--signed"])
    def test_a_result_is_never_written_over_the_media_that_was_examined(
        self, tmp_path, keys, option
    ):
        medium = tmp_path / "a.png"
        medium.write_bytes(SAMPLE.read_bytes())
        made = run("verify", medium, "--sign", keys / "ed.pem", option, medium)
        assert made.exit_code == 2
        assert medium.read_bytes() == SAMPLE.read_bytes()

    def test_an_earlier_signed_result_is_replaced(self, tmp_path, keys):
        assert sign(tmp_path, keys) == sign(tmp_path, keys)

    def test_a_request_goes_over_nothing_but_itself(self, tmp_path, keys):
        result, request = sign(tmp_path, keys), tmp_path / "request.tsq"
        before = result.read_bytes()
        assert run("attest", "timestamp", result, "--request", result).exit_code == 2
        assert result.read_bytes() == before
        for _ in range(2):
            assert run("attest", "timestamp", result, "--request", request).exit_code == 0


class TestSecondImplementation:
    """The envelope as `securesystemslib` of the in-toto project reads and checks it."""

    @pytest.mark.parametrize("name", ["ed", "p256", "p384"])
    def test_another_implementation_verifies_what_we_sign(self, tmp_path, keys, name):
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import VerificationError
        from securesystemslib.signer import SSlibKey

        result = sign(tmp_path, keys, SAMPLE, name)
        top = json.loads(result.read_bytes())
        envelope = Envelope.from_dict(json.loads(json.dumps(top)))
        key = _sslib_key(SSlibKey, keys / f"{name}.pub", top["signatures"][0]["keyid"])
        assert envelope.verify([key], 1)
        envelope.payload = envelope.payload.replace(b"ai_generated", b"digital_crea")
        with pytest.raises(VerificationError):
            envelope.verify([key], 1)


def _sslib_key(kind, path, keyid):
    """The key as that library has it, under our key's name in the envelope."""
    key = kind.from_crypto(serialization.load_pem_public_key(path.read_bytes()))
    return kind(keyid, key.keytype, key.scheme, key.keyval)


class TestTimeStamp:
    def stamped(self, keys, result, *more):
        made = check(SAMPLE, result, keys, "ed", *more)
        assert made.exit_code == 0, made.output
        return next(line for line in made.output.splitlines() if line.startswith("time-stamp"))

    def test_without_a_time_stamp_the_time_is_called_the_signers_own(self, keys, signed):
        assert "only what the signer's clock says" in self.stamped(keys, signed)

    def test_a_token_got_elsewhere_goes_in_and_is_checked(self, tmp_path, keys):
        result, request = sign(tmp_path, keys), tmp_path / "request.tsq"
        assert run("attest", "timestamp", result, "--request", request).exit_code == 0
        asked = tsp.TimeStampReq.load(request.read_bytes())
        assert asked["cert_req"].native is True
        assert asked["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
        answer = tmp_path / "answer.tsr"
        answer.write_bytes(token(signature(result)))
        made = run("attest", "timestamp", result, "--token", answer)
        assert made.exit_code == 0, made.output
        said = self.stamped(keys, result, "--tsa-anchors", ANCHORS)
        assert "signed before 2026-06-01T12:00:00Z" in said
        assert "NOT proven: the authority is on no" in self.stamped(keys, result)

    def test_a_token_over_other_bytes_is_refused(self, tmp_path, keys):
        result, answer = sign(tmp_path, keys), tmp_path / "answer.tsr"
        before = result.read_bytes()
        for data in (token(b"something else"), b"no token", b""):
            answer.write_bytes(data)
            made = run("attest", "timestamp", result, "--token", answer)
            assert made.exit_code == 2
            assert "cannot be used" in made.output
        assert result.read_bytes() == before

    def test_a_time_stamp_taken_from_another_result_is_named(self, tmp_path, keys):
        result = sign(tmp_path, keys)
        top = json.loads(result.read_bytes())
        top["signatures"][0]["rfc3161"] = base64.b64encode(token(b"another")).decode()
        result.write_text(json.dumps(top))
        said = self.stamped(keys, result, "--tsa-anchors", ANCHORS)
        assert "NOT proven: the token stamps other bytes" in said

    def test_the_authority_that_is_named_is_asked_and_sees_a_digest_alone(self, tmp_path, keys):
        with authority() as (url, asked):
            result = sign(tmp_path, keys, SAMPLE, "ed", "--timestamp", url)
        request = tsp.TimeStampReq.load(asked[0])
        assert len(asked) == 1
        assert len(asked[0]) < 100
        assert request["nonce"].native is not None
        said = self.stamped(keys, result, "--tsa-anchors", ANCHORS)
        assert "signed before 2026-06-01T12:00:00Z" in said

    @pytest.mark.parametrize(
        "fault", ["other bytes", "other nonce", "no nonce", "noise", "refused"]
    )
    def test_an_answer_that_cannot_be_used_leaves_nothing_written(self, tmp_path, keys, fault):
        result = tmp_path / "result.dsse"
        with authority(fault) as (url, _):
            made = run(
                *("verify", SAMPLE, "--at", AT, "--timestamp", url),
                *("--sign", keys / "ed.pem", "--signed", result),
            )
        assert made.exit_code == 2
        assert url in made.output
        assert not result.exists()

    def test_a_statement_over_an_audit_takes_a_time_stamp_too(self, tmp_path, keys):
        ledger = tmp_path / "a.ledger"
        run("audit", SAMPLE, "--ledger", ledger, "--sign", keys / "ed.pem", "--exit-zero")
        made = tmp_path / "a.ledger.run-1.statement.json"
        answer = tmp_path / "answer.tsr"
        answer.write_bytes(token(signature(made)))
        assert run("attest", "timestamp", made, "--token", answer).exit_code == 0
        checked = run("attest", "verify", made, "--key", keys / "ed.pub", "--ledger", ledger)
        assert checked.exit_code == 0, checked.output

    def test_a_time_stamp_is_got_in_one_way_and_no_fewer_or_more(self, signed, tmp_path):
        assert run("attest", "timestamp", signed).exit_code == 2
        both = ("--token", tmp_path / "a", "--request", tmp_path / "b")
        assert run("attest", "timestamp", signed, *both).exit_code == 2


@contextmanager
def authority(fault=""):
    """A time-stamp authority on this computer: its address, and the requests that it got."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(body)
            imprint = tsp.TimeStampReq.load(body)
            self.send_response(500 if fault == "refused" else 200)
            answer = _answer(imprint, fault)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def _answer(request, fault):
    if fault == "noise":
        return b"<html>" * 10
    digest = (
        b"\0" * 32
        if fault == "other bytes"
        else request["message_imprint"]["hashed_message"].native
    )
    nonce = request["nonce"].native + (fault == "other nonce") if fault != "no nonce" else None
    tsa = credential(Who.TSA)
    made = stamps.Authority(tsa.leaf, tsa.key, tsa.chain[1:])
    options = stamps.TokenOptions(digested=digest, nonce=nonce, response=True)
    return stamps.token(b"", STAMPED, made, options)
