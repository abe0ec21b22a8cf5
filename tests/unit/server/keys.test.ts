import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeKeys } from '../../../src/server/keys.ts'

it('writes keys for their owner only, and the same ones for ever', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keys-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const keys = join(dir, 'keys')
  const { publicKey } = await writeKeys(keys)
  expect(publicKey).toMatch(/^[A-Za-z0-9_-]{87}$/)
  expect(await readFile(join(keys, 'session.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  for (const name of ['vapid.json', 'session.key']) expect((await stat(join(keys, name))).mode & 0o777).toBe(0o600)
  const session = await readFile(join(keys, 'session.key'), 'utf8')
  expect((await writeKeys(keys)).publicKey).toBe(publicKey)
  expect(await readFile(join(keys, 'session.key'), 'utf8')).toBe(session)
})
