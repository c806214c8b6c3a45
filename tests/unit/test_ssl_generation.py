"""The certificate authority of one's own: what it makes, what it keeps, and what it leaves alone."""

import datetime
import ipaddress
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "ssl_generation" / "make.sh"


class Made:
    """What lies in the two folders."""

    def __init__(self, folder: Path) -> None:
        self.authority, self.server = folder / "authority", folder / "server"

    def run(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        folders = ["--authority", str(self.authority), "--server", str(self.server)]
        return subprocess.run(
            ["sh", str(SCRIPT), *folders, *arguments], capture_output=True, text=True, check=check, timeout=60
        )

    @property
    def ca(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.authority / "ca.pem").read_bytes())

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.server / "certificate.pem").read_bytes())

    def verify(self, name: str, *more: str) -> bool:
        """As openssl does for a server of this name."""
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, *more]
        files = ["-CAfile", str(self.server / "ca.pem"), str(self.server / "certificate.pem")]
        return subprocess.run([*command, *files], capture_output=True, check=False).returncode == 0


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def test_the_certificate_is_good_for_its_names_and_no_others(made: Made) -> None:
    made.run("--names", "Photos.example.org,*.home.example,192.168.1.7,fd00::7")
    names = made.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "photos.example.org", "*.home.example"}
    assert set(names.get_values_for_type(x509.IPAddress)) == {
        ipaddress.ip_address(each) for each in ("127.0.0.1", "::1", "192.168.1.7", "fd00::7")
    }
    assert made.verify("photos.example.org")
    assert made.verify("nas.home.example")
    assert not made.verify("example.org")


def test_authority_and_certificate_may_do_their_own_and_nothing_else(made: Made) -> None:
    made.run()
    constraints = made.ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    usage = made.ca.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature
    leaf = made.certificate.extensions
    assert leaf.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert list(leaf.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    authority_id = leaf.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert authority_id == made.ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert leaf.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    lasts = made.certificate.not_valid_after_utc - made.certificate.not_valid_before_utc
    assert datetime.timedelta(days=397) <= lasts <= datetime.timedelta(days=398)
    assert isinstance(made.certificate.public_key(), ec.EllipticCurvePublicKey)


def test_keys_are_for_their_owner_alone(made: Made) -> None:
    made.run()
    assert (made.authority / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (made.server / "key.pem").stat().st_mode & 0o777 == 0o600
    assert (made.server / "certificate.pem").stat().st_mode & 0o777 == 0o644
    assert not list(made.server.glob("ca.key"))
    assert {path.name for path in made.server.iterdir()} == {"ca.pem", "certificate.pem", "key.pem", "names"}


def test_a_second_run_changes_nothing(made: Made) -> None:
    made.run("--names", "a.example")
    before = {path: path.read_bytes() for path in (*made.authority.iterdir(), *made.server.iterdir())}
    made.run("--names", "a.example")
    assert {path: path.read_bytes() for path in (*made.authority.iterdir(), *made.server.iterdir())} == before


@pytest.mark.parametrize("why", ["its end is near", "another name", "its key is another one", "the key is gone"])
def test_the_certificate_is_made_anew_and_the_authority_stays(made: Made, why: str) -> None:
    made.run("--names", "a.example")
    authority, serial = made.ca, made.certificate.serial_number
    if why == "its end is near":
        made.run("--names", "a.example", "--days", "20", "--renew-before", "5")
        assert made.certificate.serial_number == serial, "it was good for longer"
        made.run("--names", "a.example", "--renew-before", "396")
        assert made.certificate.serial_number == serial, "it has more than 396 days left"
        made.server.joinpath("certificate.pem").unlink()
        made.run("--names", "a.example", "--days", "20", "--renew-before", "5")
        serial = made.certificate.serial_number
        made.run("--names", "a.example")
    elif why == "another name":
        made.run("--names", "b.example")
        assert made.verify("b.example")
        assert not made.verify("a.example")
    elif why == "its key is another one":
        made.server.joinpath("key.pem").write_bytes(made.authority.joinpath("ca.key").read_bytes())
        made.run("--names", "a.example")
    else:
        made.server.joinpath("key.pem").unlink()
        made.run("--names", "a.example")
    assert made.certificate.serial_number != serial
    assert made.ca == authority
    assert made.verify("localhost")
    key = serialization.load_pem_private_key((made.server / "key.pem").read_bytes(), None)
    assert key.public_key() == made.certificate.public_key()


def test_the_certificate_of_another_authority_is_left_alone(made: Made) -> None:
    made.server.mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Some ACME authority")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=3))
    theirs = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (made.server / "certificate.pem").write_bytes(theirs)
    done = made.run()
    assert "stays as it is" in done.stdout
    assert (made.server / "certificate.pem").read_bytes() == theirs
    assert not (made.server / "key.pem").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--names", "a b/c"],
        ["--names", "a.example\nIP:1.2.3.4"],
        ["--names", "-a.example"],
        ["--names", "300.1.1.1"],
        ["--names", "12:zz"],
        ["--days", "ten"],
        ["--days", "9999"],
        ["--renew-before", "400"],
        ["--nonsense", "1"],
        ["--names"],
    ],
)
def test_wrong_usage_ends_with_2_and_makes_nothing(made: Made, arguments: list[str]) -> None:
    done = made.run(*arguments, check=False)
    assert done.returncode == 2
    assert "make.sh: " in done.stderr
    assert not made.server.exists()
