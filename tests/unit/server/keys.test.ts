import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Trouble } from '../../../src/server/trouble.ts'
import { retireVapid, rotateVapid, writeKeys } from '../../../src/server/keys.ts'

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

it('PUSH-24 a new pair stands beside the former ones, for their owner only, until those are ended', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keys-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const read = async () => JSON.parse(await readFile(join(dir, 'vapid.json'), 'utf8')) as unknown
  const first = await writeKeys(dir)
  const pair = await read()
  const session = await readFile(join(dir, 'session.key'), 'utf8')
  const second = await rotateVapid(dir)
  expect(second).toMatchObject({ former: 1 })
  expect(second.publicKey).not.toBe(first.publicKey)
  expect(await read()).toMatchObject({ publicKey: second.publicKey, former: [pair] })
  expect((await stat(join(dir, 'vapid.json'))).mode & 0o777).toBe(0o600)
  expect(await writeKeys(dir)).toEqual(second)
  const third = await rotateVapid(dir)
  expect(await read()).toMatchObject({
    publicKey: third.publicKey,
    former: [{ publicKey: second.publicKey }, { publicKey: first.publicKey }],
  })
  expect(await retireVapid(dir)).toEqual({ publicKey: third.publicKey, former: 0 })
  expect(await read()).toMatchObject({ publicKey: third.publicKey, former: [] })
  expect(await readFile(join(dir, 'session.key'), 'utf8')).toBe(session)
})

it('PUSH-24 where there is no pair, or a broken one, nothing is made in its place', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keys-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const change of [rotateVapid, retireVapid]) {
    await expect(change(join(dir, 'none'))).rejects.toThrow(Trouble)
    await writeFile(join(dir, 'vapid.json'), '{')
    await expect(change(dir)).rejects.toThrow(/vapid\.json: /)
    expect(await readFile(join(dir, 'vapid.json'), 'utf8')).toBe('{')
  }
})
