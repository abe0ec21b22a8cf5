/** `notanker provision` as an operator runs it, against two real Synapses. Rules PLAN-* in docs/spec.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { agencyRoom, peopleOf, powerOf } from '../../src/core/room.ts'
import type { RoomId, UserId } from '../../src/core/ids.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { recordOf } from '../../src/server/provision/rooms.ts'
import { startPair, type Pair } from '../support/pair.ts'
import { planFolder, runProvision, type PlanFile } from '../support/plan.ts'
import { logIn } from '../support/rest.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']

let pair: Pair
let plan: Awaited<ReturnType<typeof planFolder>>
beforeAll(async () => {
  pair = await startPair()
  plan = await planFolder(pair.demo.sites)
})
afterAll(async () => {
  await pair?.stop()
  await plan?.clear()
})

const userAt = (id: 'a' | 'b', person: string): UserId => `@${person}:${pair.site(id).server_name}`
const person = (id: 'a' | 'b', name: string) => logIn(pair.site(id), name, pair.password(name))
const run = () => runProvision(plan.path)
const dryRun = () => runProvision(plan.path, { args: ['--dry-run'] })
const NOTHING = 'nothing to change'

async function keysOfRooms(bot: Homeserver): Promise<string[]> {
  const rooms = await Promise.all((await bot.joinedRooms()).map((id) => bot.stateEvent(id, 'de.notanker.room')))
  return rooms.flatMap((event) => (event ? String(event.content['key']) : [])).sort()
}

it('PLAN-2, PLAN-7 killed again and again in the middle, it goes on where it was and makes nothing twice', async () => {
  const { length: before } = await keysOfRooms(await pair.bot('a'))
  await plan.write(({ people, rooms }) => {
    const more = Array.from({ length: 12 }, (_, i) => ({
      person: `neu.${i}`,
      name: `Neu ${i}`,
      role: 'staff' as const,
    }))
    people.push(...more)
    for (let i = 0; i < 6; i++)
      rooms.push({
        key: `neu${i}`,
        kind: 'team',
        title: `Neu ${i}`,
        members: more.slice(i, i + 4).map((p) => p.person),
      })
  })
  // In the accounts, between rooms, in a room that is half made, in the memberships.
  let kills = 0
  for (const after of [5, 10, 9, 8, 20, 30, 30]) {
    const { code } = await runProvision(plan.path, { saw: (lines, kill) => void (lines === after && kill()) })
    if (code === null) kills += 1
  }
  expect(kills).toBeGreaterThan(4)
  expect(await run()).toMatchObject({ code: 0 })
  expect((await dryRun()).lines.at(-1)).toBe(NOTHING)
  for (const id of ['a', 'b'] as const) {
    const keys = await keysOfRooms(await pair.bot(id))
    expect(keys).toEqual([...new Set(keys)])
    expect(keys).toHaveLength(before + 6)
  }
})

describe('PLAN-5 a room that the agency has', () => {
  const ALIAS = 'stab-bisher'
  const adopt = (room: string) =>
    plan.write((file: PlanFile) =>
      file.rooms.push({ key: 'bisher', kind: 'staff', title: 'Stab wie bisher', members: [STAFF], room }),
    )
  const make = async (body: object = {}) => {
    const owner = await person('a', STAFF)
    const answer = await owner.call('POST', '/_matrix/client/v3/createRoom', {
      body: { preset: 'private_chat', room_version: '10', name: 'Stab', ...body },
    })
    return answer['room_id'] as RoomId
  }

  it.for([
    [
      'is end-to-end encrypted',
      { initial_state: [{ type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] },
    ],
    ['is closed to other servers', { creation_content: { 'm.federate': false } }],
    ['is no room for messages', { creation_content: { type: 'm.space' } }],
  ] as const)('that %s is refused before anything is changed', async ([fault, body]) => {
    await adopt(await make(body))
    const { code, lines } = await run()
    expect(code).toBe(1)
    expect(lines).toEqual([expect.stringContaining(fault)])
  })

  it('that everybody has left is refused', async () => {
    const id = await make()
    await (
      await person('a', STAFF)
    ).call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(id)}/leave`, { body: {} })
    await adopt(id)
    expect((await run()).lines).toEqual([expect.stringContaining('has nobody of site a with all rights')])
  })

  it('that nobody knows is refused', async () => {
    const address = `#nie-da:${pair.site('a').server_name}`
    await adopt(address)
    expect((await run()).lines).toEqual([expect.stringContaining(`Site a has no room ${address}.`)])
  })

  it('is taken over with its version, its messages and those who have all rights in it', async () => {
    const id = await make({ room_alias_name: ALIAS })
    const owner = await person('a', STAFF)
    await owner.send(id, 'm.room.message', { msgtype: 'm.text', body: 'Von früher' }, 't')
    await adopt(`#${ALIAS}:${pair.site('a').server_name}`)
    const dry = await dryRun()
    expect(dry.lines).toContain(`~ ${id} of version 10 becomes "Stab wie bisher"`)
    const bot = await pair.bot('a')
    expect(await bot.joinedRooms()).not.toContain(id)

    const real = await run()
    expect(real.code).toBe(0)
    const changes = (lines: string[]) => lines.filter((line) => /^[+~]/.test(line)).toSorted()
    expect(changes(real.lines)).toEqual(changes(dry.lines))
    expect((await dryRun()).lines.at(-1)).toBe(NOTHING)

    const room = await recordOf(await pair.bot('b'), id)
    expect(agencyRoom(room)).toMatchObject({ kind: 'staff', title: 'Stab wie bisher' })
    expect(['a', 'b'].map((site) => powerOf(room, userAt(site as 'a' | 'b', 'notanker')))).toEqual([100, 100])
    expect(powerOf(room, userAt('a', STAFF))).toBe(100)
    expect(powerOf(room, userAt('b', STAFF))).toBe(0)
    expect(powerOf(room, userAt('b', MANAGER))).toBe(50)
    const names = peopleOf(pair.running.deployment, room).map((member) => member.person)
    expect(names).toEqual(expect.arrayContaining([STAFF, MANAGER]))
    const there = await person('b', STAFF)
    await expect(there.send(id, 'm.room.message', { msgtype: 'm.text', body: 'Von B' }, 't')).resolves.toMatch(/^\$/)
    expect(real.lines).toContain(`? ${userAt('a', STAFF)} has all rights in "Stab wie bisher" (left as it is)`)
  })
})

describe('PLAN-6 one identity authority', () => {
  beforeEach(() => plan.write(() => {}))

  const known = async (id: 'a' | 'b', external_id: string | null) => {
    const path = `/_synapse/admin/v2/users/${encodeURIComponent(userAt(id, STAFF))}`
    const external_ids = external_id ? [{ auth_provider: 'oidc-keycloak', external_id }] : []
    await (await pair.bot(id)).call('PUT', path, { body: { external_ids } })
  }

  it('refuses to go on where a name is somebody else at another site', async () => {
    await known('a', '7c1d')
    await known('b', '99e0')
    const { code, lines } = await run()
    expect(code).toBe(1)
    expect(lines).toEqual([expect.stringMatching(`different people under the same name .*: ${STAFF}\\.`)])
    await known('b', '7c1d')
    expect((await run()).code).toBe(0)
  })

  const registration = async (lines: string) => {
    const file = join(pair.running.dir, 'b', 'homeserver.yaml')
    const closed = 'enable_registration: false\n'
    const others = (await readFile(file, 'utf8')).replaceAll(/^(enable_registration|registration_requires).*\n/gm, '')
    await writeFile(file, others + (lines || closed))
    await pair.running.kill('b')
    await pair.running.start('b')
  }

  it('refuses to go on where anybody can make an account, and names a site that gives tokens', async () => {
    await registration('enable_registration: true\nenable_registration_without_verification: true\n')
    const { code, lines } = await run()
    expect(code).toBe(1)
    expect(lines).toEqual([expect.stringContaining('Site b lets anybody make an account')])
    await registration('enable_registration: true\nregistration_requires_token: true\n')
    expect((await run()).lines).toContainEqual(
      expect.stringContaining('? site b gives accounts to whoever has a token'),
    )
    await registration('')
    expect((await run()).lines.at(-1)).toBe(NOTHING)
  })
})
