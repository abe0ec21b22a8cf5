/** The keys that all relays of a deployment share: the VAPID pairs (RFC 8292) and the key that signs bearers. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import webpush from 'web-push'
import { parseJson } from '../core/parse.ts'
import { Trouble } from './trouble.ts'

export const VAPID_FILE = 'vapid.json'
export const SESSION_FILE = 'session.key'

const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/))
const pair = { publicKey: key, privateKey: key }

export interface VapidPair {
  publicKey: string
  privateKey: string
}

/**
 * `vapid.json`: the pair for which phones subscribe, and in `former` those for which some still are (PUSH-24), the newest
 * first. All in base64url.
 */
export const vapidSchema = v.object({ ...pair, former: v.optional(v.array(v.object(pair)), []) })
type VapidFile = v.InferOutput<typeof vapidSchema>

/** Writes what is not there yet; what is there stays, since phones are registered with it. */
async function writeOnce(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function readVapid(dir: string): Promise<VapidFile> {
  const path = join(dir, VAPID_FILE)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Trouble(`cannot read ${path}: without the present pair there is nothing to change`, cause)
  })
  const parsed = parseJson(vapidSchema, text)
  if (!parsed.ok) throw new Trouble(`${path}: ${parsed.reason}`)
  return parsed.value
}

/** Whole or not at all: half a file would be a lost key. */
async function writeVapid(dir: string, file: VapidFile): Promise<void> {
  const path = join(dir, VAPID_FILE)
  await writeFile(`${path}.new`, `${JSON.stringify(file)}\n`, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

/** `vapid.json` and `session.key`, 32 bytes in hex; both 0600. Throws Trouble when a file there cannot be read. */
export async function writeKeys(dir: string): Promise<{ publicKey: string; former: number }> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeOnce(join(dir, VAPID_FILE), `${JSON.stringify(webpush.generateVAPIDKeys())}\n`)
  await writeOnce(join(dir, SESSION_FILE), `${randomBytes(32).toString('hex')}\n`)
  const { publicKey, former } = await readVapid(dir)
  return { publicKey, former: former.length }
}

/** A new VAPID pair; the present one stays as a former one. Throws Trouble when there is none. */
export async function rotateVapid(dir: string): Promise<{ publicKey: string; former: number }> {
  const { former, ...present } = await readVapid(dir)
  const file = { ...webpush.generateVAPIDKeys(), former: [present, ...former] }
  await writeVapid(dir, file)
  return { publicKey: file.publicKey, former: file.former.length }
}

/** Ends the former pairs: whoever is still subscribed with one of them rings no more. Throws Trouble when there is no file. */
export async function retireVapid(dir: string): Promise<{ publicKey: string; former: number }> {
  const { former: _, ...present } = await readVapid(dir)
  await writeVapid(dir, { ...present, former: [] })
  return { publicKey: present.publicKey, former: 0 }
}
