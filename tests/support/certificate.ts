/** A certificate for this machine, made at run time: push endpoints are https, also those of a stand-in. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from './programs.ts'

export interface Certificate {
  cert: string
  key: string
  /** PEM file for `NODE_EXTRA_CA_CERTS` of whoever shall trust it. */
  file: string
  remove(): void
}

/** What `openssl ca` wants to know; `openssl req` knows no certificate that has ended (openssl-ca(1)). */
const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
`
const DAY = 24 * 3600_000
/** As ASN.1 writes it: `YYYYMMDDHHMMSSZ`. */
const asn1 = (ms: number) => `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`

/** Self-signed, for localhost and 127.0.0.1, from yesterday on and for so many days from now: less than 0, and it has expired. */
export function makeCertificate(days = 2): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'notanker-cert-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) =>
    execFileSync(program('openssl'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  writeFileSync(at('ca.cnf'), CONFIG)
  writeFileSync(at('index.txt'), '')
  const extensions = ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'basicConstraints=critical,CA:TRUE']
  // Of several with one name OpenSSL would trust the first.
  const subject = ['-subj', `/CN=localhost ${randomUUID()}`, ...extensions.flatMap((one) => ['-addext', one])]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-new', ...curve, ...subject, '-keyout', at('key.pem'), '-out', at('request.pem'))
  const end = Date.now() + days * DAY
  const life = ['-startdate', asn1(Math.min(Date.now(), end) - DAY), '-enddate', asn1(end)]
  const signed = ['-keyfile', at('key.pem'), '-in', at('request.pem'), '-out', at('cert.pem')]
  openssl('ca', '-batch', '-selfsign', '-notext', '-config', at('ca.cnf'), ...life, ...signed)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return {
    cert: readFileSync(at('cert.pem'), 'utf8'),
    key: readFileSync(at('key.pem'), 'utf8'),
    file: at('cert.pem'),
    remove,
  }
}
