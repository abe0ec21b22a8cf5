import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { desiredRoom, desiredSpace, spaceChild, type ProvisionSite } from '../../../src/server/provision/desired.ts'
import { playbookState } from '../../../src/server/provision/handbook.ts'
import { loadPlan, type Plan } from '../../../src/server/provision/index.ts'
import { clientIdOf } from '../../../src/server/provision/messages.ts'
import { asIn } from '../../../src/server/provision/fit.ts'
import { strangers } from '../../../src/server/provision/identity.ts'
import { powerLevels, type PowerLevels } from '../../../src/server/provision/power.ts'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { UserId } from '../../../src/core/ids.ts'
import type { RoomRecord } from '../../../src/core/room.ts'
import { cardSchema } from '../../../src/core/handbook.ts'
import { parse } from '../../../src/core/parse.ts'

const site = (id: string): ProvisionSite => ({
  id,
  name: id,
  server_name: `${id}.example`,
  homeserver: `https://${id}.example`,
  registration_shared_secret: 's',
})
const sites = [site('a'), site('b')]
const plan: Plan = await loadPlan('plan/agency.yaml')
const room = (key: string) =>
  desiredRoom(
    plan,
    sites,
    plan.rooms.find((r) => r.key === key)!,
    '!space',
    5,
  )
const content = (key: string, type: string) => room(key).state.find((s) => s.type === type)?.content

describe('power levels (docs/protocol.md, Rooms)', () => {
  it('are written out whole in alert rooms', () => {
    expect(powerLevels('alert', ['@m:a.example', '@m:b.example'], 50)).toEqual({
      users: { '@m:a.example': 50, '@m:b.example': 50 },
      users_default: 0,
      events: {
        'm.reaction': 0,
        'm.room.redaction': 0,
        'm.room.power_levels': 100,
        'm.room.server_acl': 100,
        'm.room.encryption': 100,
        'm.room.history_visibility': 100,
        'm.room.join_rules': 100,
        'm.room.tombstone': 150,
      },
      events_default: 50,
      state_default: 50,
      invite: 50,
      kick: 50,
      ban: 50,
      redact: 50,
    })
  })

  it('forbid reactions where more than 50 people are expected', () => {
    expect(powerLevels('alert', [], 51).events['m.reaction']).toBe(50)
  })

  it('let everybody write in staff and team rooms only', () => {
    const level = (kind: Parameters<typeof powerLevels>[0]) => powerLevels(kind, [], 3).events_default
    expect([level('staff'), level('team'), level('handbook'), level('lage'), level('space')]).toEqual([
      0, 0, 50, 50, 50,
    ])
  })

  it('list managers by both ids, and never bots, who are creators', () => {
    const { users } = content('alle', 'm.room.power_levels') as { users: Record<string, number> }
    const managers = plan.people
      .filter((p) => p.role === 'manager')
      .flatMap((p) => sites.map((s) => `@${p.person}:${s.server_name}`))
    expect(Object.keys(users).sort()).toEqual(managers.sort())
  })

  it('list in a team only managers who are members', () => {
    const { users } = content('pforte', 'm.room.power_levels') as { users: Record<string, number> }
    expect(Object.keys(users)).toEqual(['@d.aydemir:a.example', '@d.aydemir:b.example'])
  })
})

describe('PLAN-5 a room that is there already', () => {
  const bots = ['@notanker:a.example', '@notanker:b.example'] as UserId[]
  const there = (room_version: string, levels: object, more: object = {}): RoomRecord => {
    const events = [
      ['m.room.create', { room_version, ...more }],
      ['m.room.power_levels', levels],
    ] as const
    const event = (type: string, content: object) =>
      [`${type}\n`, { type, content, state_key: '', sender: '@chief:a.example' } as unknown as RoomEvent] as const
    return { id: '!old', state: new Map(events.map(([type, content]) => event(type, content))), timeline: [] }
  }
  const wanted = (type: string) => room('alle').state.find((s) => s.type === type)!
  const levels = (record: RoomRecord) =>
    asIn(record, wanted('m.room.power_levels'), bots).content as unknown as PowerLevels

  it('gives the bots 100, since it has no creators with rights above that', () => {
    expect(levels(there('11', {})).users).toMatchObject({ '@notanker:a.example': 100, '@notanker:b.example': 100 })
  })

  it('of version 12 that others have made, too; of our own making only to bots of later sites', () => {
    expect(levels(there('12', {})).users).toHaveProperty(['@notanker:a.example'], 100)
    const ours = levels(there('12', { users: { '@chief:a.example': 100 } }, { additional_creators: bots.slice(0, 1) }))
    expect(ours.users).toMatchObject({ '@notanker:b.example': 100 })
    expect(ours.users).not.toHaveProperty(['@notanker:a.example'])
    expect(ours.users, 'a creator stands above').not.toHaveProperty(['@chief:a.example'])
    expect(ours.events['m.room.tombstone']).toBe(150)
  })

  it('lets those keep all rights who have them, and nobody else', () => {
    const { users } = levels(there('10', { users: { '@chief:a.example': 100, '@clerk:a.example': 75 } }))
    expect(users).toHaveProperty(['@chief:a.example'], 100)
    expect(users).not.toHaveProperty(['@clerk:a.example'])
  })

  it('keeps rights that are above the bots, and gets none above them', () => {
    const { events } = levels(there('10', { events: { 'm.room.tombstone': 101, 'm.room.encryption': 50 } }))
    expect(events).toMatchObject({ 'm.room.tombstone': 101, 'm.room.encryption': 100 })
    expect(levels(there('10', {})).events['m.room.tombstone']).toBe(100)
  })

  it('opens itself to the space from version 8 on', () => {
    const rule = (version: string) => asIn(there(version, {}), wanted('m.room.join_rules'), bots).content['join_rule']
    expect([rule('1'), rule('7'), rule('8'), rule('12')]).toEqual(['invite', 'invite', 'restricted', 'restricted'])
  })
})

it('PLAN-6 knows people who are somebody else at another site by what their identity provider calls them', () => {
  const account = (...external: [string, string][]) => ({
    displayname: null,
    deactivated: false,
    external_ids: external.map(([auth_provider, external_id]) => ({ auth_provider, external_id })),
  })
  const a = new Map([
    ['same', account(['oidc', '1'])],
    ['other', account(['oidc', '2'], ['saml', '2'])],
    ['elsewhere', account(['oidc', '3'])],
  ])
  const b = new Map([
    ['same', account(['oidc', '1'], ['saml', '9'])],
    ['other', account(['oidc', '2'], ['saml', '7'])],
    ['elsewhere', account(['saml', '4'])],
  ])
  expect(strangers(['same', 'other', 'elsewhere', 'new'], [a, b])).toEqual(['other'])
})

describe('rooms', () => {
  it('open themselves to the space only when they are for everybody', () => {
    const restricted = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: '!space' }] }
    expect(content('alle', 'm.room.join_rules')).toEqual(restricted)
    expect(content('handbuch', 'm.room.join_rules')).toEqual(restricted)
    for (const key of ['ruhrstrasse', 'lage', 'krisenstab', 'ref34'])
      expect(content(key, 'm.room.join_rules')).toEqual({ join_rule: 'invite' })
  })

  it('say what they are', () => {
    expect(content('lage', 'de.notanker.room')).toEqual({ v: 1, kind: 'lage', title: 'Lagebild', key: 'lage' })
  })

  it('of kind alert say once which site is active', () => {
    expect(room('alle').once.map((s) => s.content)).toEqual([
      { v: 1, site: 'a', since: 5, closed: [], by: 'provision', status: 'Actual' },
    ])
    expect(room('lage').once).toEqual([])
  })

  it('are joined through any site', () => {
    expect(spaceChild(sites, '!r')).toEqual({
      type: 'm.space.child',
      key: '!r',
      content: { via: ['a.example', 'b.example'] },
    })
  })

  it('take everybody into the space', () => {
    expect(desiredSpace(plan, sites).people).toHaveLength(plan.people.length)
  })
})

describe('playbooks', () => {
  const long = { ...plan.playbooks[0]!, id: 'lang', text: `${'Ein Satz mit Umlauten: äöü.\n'.repeat(4000)}` }

  it('are split into parts under 40 KiB whose card comes last', () => {
    const events = playbookState(long)
    const parts = events.slice(0, -1)
    expect(parts.map((e) => e.key)).toEqual(parts.map((_, i) => `lang/${i}`))
    for (const { content } of parts)
      expect(Buffer.byteLength(content['markdown'] as string)).toBeLessThanOrEqual(40 * 1024)
    expect(events.at(-1)).toMatchObject({ type: 'de.notanker.playbook', key: 'lang', content: { parts: parts.length } })
  })

  it('have a card whose sum is that of the parts joined', () => {
    const events = playbookState(long)
    const card = parse(cardSchema, events.at(-1)!.content)
    const joined = events
      .slice(0, -1)
      .map((e) => e.content['markdown'] as string)
      .join('')
    expect(card).toMatchObject({ ok: true, value: { sha256: createHash('sha256').update(joined).digest('hex') } })
  })
})

it('recognises a message of the plan by an id that follows from it', () => {
  const message = { room: 'ref34', from: 'm.brandt', text: 'Danke.' }
  expect(clientIdOf(message)).toBe(clientIdOf({ ...message }))
  expect(clientIdOf(message)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(clientIdOf({ ...message, text: 'Danke!' })).not.toBe(clientIdOf(message))
})
