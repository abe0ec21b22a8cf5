/** A certificate for `localhost`: Synapse federates over TLS only. Made by the `cryptography` that Synapse brings along. */
import { run } from './command.ts'
import { Trouble } from '../server/trouble.ts'

const SCRIPT = `
import datetime, os, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
crt, key_file = sys.argv[1:]
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(x509.random_serial_number()).not_valid_before(start)
    .not_valid_after(start + datetime.timedelta(days=3650))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    .sign(key, hashes.SHA256()))
pem = serialization.Encoding.PEM
with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
    f.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
with open(crt, "wb") as f:
    f.write(cert.public_bytes(pem))
`

export async function writeCertificate(python: string, certificate: string, key: string): Promise<void> {
  const made = await run(python, ['-c', SCRIPT, certificate, key])
  if (made.status !== 0) throw new Trouble(`The certificate for federation could not be made: ${made.output.trim()}`)
}
