// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { recall, remember } from '../../../../src/app/memory.ts'
import { useAgency } from '../../../../src/app/stores/agency.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import { advance } from '../../../../src/core/advance.ts'
import type { RoomEvent } from '../../../../src/core/event.ts'
import type { SyncBatch } from '../../../../src/core/ports.ts'
import { ALERT_ID, ALL, bot, LAGE } from '../../../fakes/agency.ts'
import { fakePorts, type FakeWorld } from '../../../fakes/ports.ts'
import {
  alertEvent,
  event,
  HANDBOOK,
  NOW,
  sampleAlert,
  sampleDeployment,
  sampleRecords,
  sessionOf,
  TEAM,
} from '../../../fakes/sample.ts'
import { appWith, settled } from '../../../support/mount.ts'

interface Things extends FakeWorld {
  who?: string
  alerts?: RoomEvent[]
  talk?: RoomEvent[]
  tallies?: RoomEvent[]
}

async function open({ who = 'anna', alerts = [], talk = [], tallies = [], ...world }: Things = {}) {
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf(who),
    records: sampleRecords(alerts, talk, tallies),
    ...world,
  })
  const { inside } = appWith(ports)
  const [session, outbox, agency] = inside(() => [useSession(), useOutbox(), useAgency()] as const)
  await Promise.all([session.start(), outbox.start()])
  await settled()
  return { ports, session, outbox, agency }
}

describe('alerts', () => {
  it('ALERT-3 what waits for my answer is first', async () => {
    const minor = sampleAlert({ id: '0198aaaa-0000-7000-8000-000000000002', severity: 'Minor', responses: [] })
    const { agency } = await open({ alerts: [alertEvent(minor), alertEvent(sampleAlert())] })
    expect(agency.open.map((a) => [a.content.severity, a.waits])).toEqual([
      ['Extreme', true],
      ['Minor', false],
    ])
    expect(agency.alert(ALERT_ID)?.playbook?.title).toBe('Räumung eines Dienstgebäudes')
    expect(agency.alert(ALERT_ID)?.sender).toBe('Jana Lindhorst')
  })

  it('ALERT-4 a pushed alert is shown at once and gives way to the event of the room', async () => {
    const content = sampleAlert()
    const inRoom = alertEvent(content)
    const revision = {
      content: { ...content, instruction: 'Verl…' },
      event_id: inRoom.event_id,
      room_id: ALL,
      sender: inRoom.sender,
      at: inRoom.origin_server_ts,
    }
    const pushed = [{ revision, received_at: NOW - 60_000 }]
    const before = await open({ pushed })
    expect(before.agency.alert(ALERT_ID)).toMatchObject({ source: 'push', receivedAt: NOW - 60_000 })
    const after = await open({ pushed, alerts: [inRoom] })
    expect(after.agency.alert(ALERT_ID)).toMatchObject({ source: 'room', text: { instruction: content.instruction } })
  })

  it('ALERT-1 an alert of somebody without the right is none, and stays a message', async () => {
    const content = sampleAlert()
    const forged = { ...alertEvent(content), sender: '@anna:a.example' as const }
    const { agency } = await open({ who: 'ben', alerts: [forged] })
    expect(agency.alerts).toEqual([])
    expect(agency.timeline(ALL).filter((e) => e.kind === 'message')).toHaveLength(1)
  })

  it('shows my answer with what became of it, also after the outbox has forgotten it', async () => {
    const { agency, outbox, ports } = await open({ alerts: [alertEvent(sampleAlert())] })
    await outbox.respond(ALERT_ID, 'help', '3. OG')
    await settled()
    expect(agency.alert(ALERT_ID)).toMatchObject({
      waits: false,
      mine: { option: { meaning: 'need_help' }, delivery: { state: 'saved' } },
    })
    const [item] = await ports.outbox.all()
    await ports.outbox.change([item!.client_id], (i) => advance(i, { type: 'taken', site: 'b' }, NOW, 0))
    await settled()
    expect(agency.alert(ALERT_ID)?.mine?.delivery).toMatchObject({ state: 'taken', site: 'b' })
    await ports.outbox.change([item!.client_id], () => null)
    await remember(ports.settings, 'responses', {
      [ALERT_ID]: { id: item!.client_id, key: 'help', at: NOW - 25 * 3600_000 },
    })
    await settled()
    expect(agency.alert(ALERT_ID)?.mine).toMatchObject({ option: { key: 'help' }, delivery: null })
  })

  it('an answer of today that the outbox does not show is not called registered', async () => {
    const { agency, ports } = await open({ alerts: [alertEvent(sampleAlert())] })
    await remember(ports.settings, 'responses', { [ALERT_ID]: { id: 'lost', key: 'help', at: NOW } })
    await settled()
    expect(agency.alert(ALERT_ID)?.mine?.delivery).toEqual({ state: 'saved' })
  })

  it('a discarded answer is no answer any more', async () => {
    const { agency, outbox } = await open({ alerts: [alertEvent(sampleAlert())] })
    await outbox.respond(ALERT_ID, 'safe')
    await settled()
    await outbox.discard(outbox.items[0]!.client_id)
    await settled()
    expect(agency.alert(ALERT_ID)).toMatchObject({ waits: true, mine: null })
  })
})

describe('rooms', () => {
  const hello = event(TEAM!, '@ben:b.example', 'm.room.message', { msgtype: 'm.text', body: 'Guten Morgen' })

  it('counts what is unread until the room was read, and not what I wrote', async () => {
    const own = event(TEAM!, '@anna:a.example', 'm.room.message', { msgtype: 'm.text', body: 'Hallo' })
    const { agency } = await open({ talk: [hello, own] })
    expect(agency.room(TEAM!)).toMatchObject({ unread: 1, people: 2, mayWrite: true })
    await agency.markRead(TEAM!)
    await settled()
    expect(agency.unread).toBe(0)
  })

  it('ROOM-13 what was read on another device counts also for a message that comes later', async () => {
    const { agency, ports } = await open({ talk: [] })
    const batch: SyncBatch = { account: '@anna:a.example', next_batch: 's1', initial: false, rooms: [], left: [] }
    await ports.projection.apply({ ...batch, read: { [TEAM!]: hello.origin_server_ts } }, NOW)
    await ports.projection.add(TEAM!, { timeline: [hello] })
    await settled()
    expect(agency.timeline(TEAM!)).toHaveLength(1)
    expect(agency.unread).toBe(0)
  })

  it('ROOM-1 a room that only pretends to be the agency’s shows nothing', async () => {
    const records = sampleRecords([], [hello]).map((r) =>
      r.id === '!space' ? { ...r, state: new Map([...r.state].filter(([key]) => !key.includes(TEAM!))) } : r,
    )
    const { agency } = await open({ records })
    expect(agency.room(TEAM!)).toBeUndefined()
    expect(agency.timeline(TEAM!)).toEqual([])
  })

  it('OUT-1 an own message stands in its room as soon as it is saved', async () => {
    const { agency, outbox } = await open()
    await outbox.say(TEAM!, 'Ich bin da')
    await settled()
    expect(agency.timeline(TEAM!)).toMatchObject([{ kind: 'message', text: 'Ich bin da', mine: { state: 'saved' } }])
    expect(agency.room(TEAM!)?.waiting).toBe(1)
  })

  it('a room that is encrypted offers no writing', async () => {
    const secret = event(TEAM!, bot('a'), 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, { key: '' })
    const { agency } = await open({ talk: [secret] })
    expect(agency.room(TEAM!)).toMatchObject({ encrypted: true, mayWrite: false })
  })
})

describe('leading', () => {
  const entry = { id: '0198bbbb-0000-7000-8000-000000000001', person: 'anna', key: 'help', at: NOW - 1, note: '3. OG' }
  const tally = event(LAGE, bot('b'), 'de.notanker.tally', { v: 1, alert: ALERT_ID, entries: [entry] })

  it('only managers may, and they see a head count when everybody is known', async () => {
    expect((await open({ who: 'anna' })).agency.mayLead).toBe(false)
    const { agency, ports } = await open({ who: 'chief' })
    expect(agency.mayLead).toBe(true)
    expect(agency.audiences).toEqual([{ room: ALL, title: 'Alle Beschäftigten', people: null }])
    await remember(ports.settings, 'counted', [ALL])
    await settled()
    expect(agency.audiences).toEqual([{ room: ALL, title: 'Alle Beschäftigten', people: 3 }])
  })

  it('ANSWER-9 the tally counts the audience, who needs help first', async () => {
    const { agency } = await open({ who: 'chief', alerts: [alertEvent(sampleAlert())], tallies: [tally] })
    const view = agency.tally(ALERT_ID)
    expect(view).toMatchObject({ audience: 3, answered: 1 })
    expect(view?.rows[0]).toMatchObject({ key: 'help', count: 1, people: [{ name: 'Anna Berg', note: '3. OG' }] })
    expect(view?.unanswered.map((p) => p.name)).toEqual(['Jana Lindhorst', 'Ben Carlsen'])
  })

  it('ANSWER-12 what was answered on another device is answered, for who can read it, unless a later answer was given here', async () => {
    const own = { ...entry, person: 'chief', key: 'safe' }
    const mine = event(LAGE, bot('b'), 'de.notanker.tally', { v: 1, alert: ALERT_ID, entries: [own, entry] })
    const { agency, outbox } = await open({ who: 'chief', alerts: [alertEvent(sampleAlert())], tallies: [mine] })
    expect(agency.alert(ALERT_ID)).toMatchObject({
      waits: false,
      mine: { option: { key: 'safe' }, at: own.at, delivery: null },
    })
    await outbox.respond(ALERT_ID, 'away')
    await settled()
    expect(agency.alert(ALERT_ID)?.mine).toMatchObject({ option: { key: 'away' }, delivery: { state: 'saved' } })
  })

  it('ANSWER-10 who is not in the Lage room gets no tally', async () => {
    const records = sampleRecords([alertEvent(sampleAlert())], [], [tally]).filter((r) => r.id !== LAGE)
    expect((await open({ records })).agency.tally(ALERT_ID)).toBeNull()
  })
})

it('BOOK-2 a playbook is on board when its text has the sum of its card', async () => {
  const { agency, ports } = await open()
  expect(agency.playbook('raeumung')).toMatchObject({ onBoard: 'no' })
  await ports.projection.putBody('raeumung', { version: 2, sha256: 'b'.repeat(64), markdown: 'alt' })
  await settled()
  expect(agency.playbook('raeumung')).toMatchObject({ onBoard: 'older' })
  expect(await agency.body('raeumung')).toBe('alt')
  await ports.projection.putBody('raeumung', { version: 3, sha256: 'a'.repeat(64), markdown: 'neu' })
  await settled()
  expect(agency.playbook('raeumung')).toMatchObject({ onBoard: 'yes' })
  expect(agency.contacts[0]?.entries[0]?.role).toBe('Pforte')
  expect(HANDBOOK).toBe('!handbook')
})

it('after a sign-out nothing is shown, whatever is still on the disk', async () => {
  const { agency } = await open({ session: null, alerts: [alertEvent(sampleAlert())] })
  expect([agency.alerts, agency.rooms, agency.playbooks]).toEqual([[], [], []])
})

it('PUSH-28 a room is muted and rings again, for this device', async () => {
  const { agency, ports } = await open()
  const muted = () => agency.rooms.filter((room) => room.muted).map(({ id }) => id)
  for (const quiet of [true, true, false]) {
    await agency.mute(TEAM!, quiet)
    await settled()
    expect(muted()).toEqual(quiet ? [TEAM] : [])
  }
  await agency.mute(TEAM!, true)
  expect(await recall(ports.settings, 'muted')).toEqual([TEAM])
})
