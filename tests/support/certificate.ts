/** A certificate for this machine, made at run time: push endpoints are https, also those of a stand-in. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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

/** Self-signed, for localhost and 127.0.0.1, for two days. */
export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'notanker-cert-'))
  const [file, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const args = ['req', '-x509', ...curve, ...subject, '-days', '2', '-keyout', keyFile, '-out', file]
  execFileSync(program('openssl'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8'), file, remove }
}
