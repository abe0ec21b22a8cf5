/** A site's Synapse on this machine. */
import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCertificate } from './certificate.ts'
import type { Command } from './processes.ts'
import { FILES, homeserverYaml, logYaml, signingKey, type SynapseConfig } from './synapse-config.ts'

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** What belongs to the server for life: made once. */
async function writeSecrets(python: string, dir: string): Promise<void> {
  const once = async (name: string, text: () => string) => {
    if (!(await isThere(join(dir, name)))) await writeFile(join(dir, name), text(), { mode: 0o600 })
  }
  await once(FILES.secret, () => randomBytes(24).toString('base64url'))
  await once(FILES.macaroon_key, () => randomBytes(32).toString('hex'))
  await once(FILES.signing_key, signingKey)
  const [certificate, key] = [join(dir, FILES.certificate), join(dir, FILES.private_key)]
  if (!(await isThere(certificate))) await writeCertificate(python, certificate, key)
}

/** Writes the files of a homeserver; what it was given for life stays. Its registration secret. */
export async function prepareHomeserver(python: string, config: SynapseConfig): Promise<string> {
  const { dir } = config
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeSecrets(python, dir)
  await writeFile(join(dir, FILES.config), homeserverYaml(config), { mode: 0o600 })
  await writeFile(join(dir, FILES.log_config), logYaml(dir))
  return readFile(join(dir, FILES.secret), 'utf8')
}

export const homeserverCommand = (id: string, python: string, dir: string): Command => ({
  name: `homeserver of site ${id}`,
  command: python,
  args: ['-m', 'synapse.app.homeserver', '--config-path', join(dir, FILES.config)],
  cwd: dir,
  // Everything it calls is on this machine: pushes to the relay must not go through an office's proxy.
  // glibc keeps one heap per thread otherwise, which is half of an idle Synapse's memory.
  env: { no_proxy: '*', MALLOC_ARENA_MAX: '2', PYTHONUNBUFFERED: '1' },
  log: join(dir, 'homeserver.out'),
})
