/** The keys that all relays of a deployment share: the VAPID pair (RFC 8292) and the key that signs bearers. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import webpush from 'web-push'

export const VAPID_FILE = 'vapid.json'
export const SESSION_FILE = 'session.key'

/** Writes what is not there yet; what is there stays, since phones are registered with it. */
async function writeOnce(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** `vapid.json` `{ publicKey, privateKey }` in base64url and `session.key`, 32 bytes in hex; both 0600. */
export async function writeKeys(dir: string): Promise<{ publicKey: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeOnce(join(dir, VAPID_FILE), `${JSON.stringify(webpush.generateVAPIDKeys())}\n`)
  await writeOnce(join(dir, SESSION_FILE), `${randomBytes(32).toString('hex')}\n`)
  const { publicKey } = JSON.parse(await readFile(join(dir, VAPID_FILE), 'utf8')) as { publicKey: string }
  return { publicKey }
}
