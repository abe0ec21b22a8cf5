// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { remember } from '../../../../src/app/memory.ts'
import { alertMessage, type AlertContent, type AlertRevision } from '../../../../src/core/alert.ts'
import { alarmRevisions } from '../../../../src/core/last-resort.ts'
import type { OutboxEvent } from '../../../../src/core/outbox.ts'
import type { AlarmFailure } from '../../../../src/core/ports.ts'
import type { RelayStatus } from '../../../../src/core/relay.ts'
import { ALERT_ID, person } from '../../../fakes/agency.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { alertEvent, NOW, sampleAlert, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { openLead } from './open.ts'

const opened: { close(): void }[] = []
afterEach(() => opened.splice(0).forEach((o) => o.close()))

const site = (up: boolean) => ({ up, since: NOW, checks: { homeserver: up, relay: true }, unsteady: false })
const saying = (up: boolean) => ({ sites: { a: site(false), b: site(up) } }) as Partial<RelayStatus> as RelayStatus
const [RELAY_A, RELAY_B] = ['https://relay.a.example', 'https://relay.b.example']
const WAITS: OutboxEvent[] = [
  { type: 'started', site: 'a' },
  { type: 'failed', failure: { fate: 'wait', reason: 'network' } },
]
const HOLD = 'Zum Alarmieren halten'

interface Case {
  changes?: Partial<AlertContent>
  /** Whether the sites answer this device. */
  up?: boolean
  /** What the two relays say of the sites; null: nothing. */
  said?: (boolean | null)[]
  /** What they say to the alarm. */
  fate?: Record<string, AlarmFailure>
  item?: OutboxEvent[]
  bearer?: boolean
  pushed?: AlertRevision[]
  records?: ReturnType<typeof sampleRecords>
}

async function open(one: Case = {}) {
  const { changes = {}, up = false, said = [false, false], fate = {}, item = WAITS, bearer = true } = one
  const raised: [string, AlertContent][] = []
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf('chief'),
    records: one.records ?? sampleRecords(),
    pushed: (one.pushed ?? []).map((revision) => ({ revision, received_at: NOW })),
    relays: {
      status: (url) => {
        const says = said[url === RELAY_A ? 0 : 1] ?? null
        return Promise.resolve(says === null ? null : saying(says))
      },
      alarm: (url, _bearer, content) => {
        raised.push([url, content])
        const failure = fate[url]
        return Promise.resolve(failure ? { failure } : { at: NOW })
      },
    },
  })
  const answers = { a: { up, since: NOW }, b: { up, since: NOW } }
  await remember(ports.settings, 'status', { site: 'a', since: NOW, sync: 'failing', exchanged_at: null, answers })
  const { device } = sessionOf('chief')
  if (bearer) await remember(ports.settings, 'bearer', { bearer: 'x', expires: NOW + 3600_000, device })
  const content = sampleAlert(changes)
  const [room] = content.audience.rooms
  const payload = { kind: 'event', room: room!, type: 'm.room.message', content: alertMessage(content, 'c') } as const
  await ports.outbox.add([{ client_id: 'c', person: person('chief'), created: NOW, payload }])
  const tally = await openLead({ path: `/lead/${ALERT_ID}`, ports })
  await tally.deliver(...item)
  opened.push(tally)
  return { ...tally, raised, offered: () => tally.text().includes(HOLD), content }
}

describe('LAST-7 the offer', () => {
  it('is made while no site answers, the alert waits, and a relay sees no site either', async () => {
    const t = await open({ said: [null, false] })
    expect(t.text()).toContain('Kein Standort antwortet, aber ein Relay.')
    expect(t.text()).toContain('3 Personen')
    expect(t.offered()).toBe(true)
  })

  it.each([
    ['a site answers this device', { up: true }],
    ['no relay answers', { said: [null, null] }],
    ['every relay sees a site', { said: [true, true] }],
    ['a site has taken it', { item: [...WAITS, { type: 'taken', site: 'a' }] }],
    [
      'a room has refused it',
      { item: [WAITS[0]!, { type: 'failed', failure: { fate: 'refuse', reason: 'forbidden' } }] },
    ],
    ['it is a test', { changes: { status: 'Test' } }],
  ] as [string, Case][])('is not made where %s', async (_why, one) => {
    expect((await open(one)).offered()).toBe(false)
  })

  it('comes when a relay answers, and goes when a site does', async () => {
    const said: Case['said'] = [null, null]
    const t = await open({ said })
    said[1] = false
    await t.wait(10_000)
    expect(t.offered()).toBe(true)
    said[1] = true
    await t.wait(10_000)
    expect(t.offered()).toBe(false)
  })
})

describe('LAST-7 the alarm', () => {
  it('LEAD-3 is held, goes to one relay that takes it, and says since when it rings, also after a start', async () => {
    const t = await open({ fate: { [RELAY_A]: 'silent' } })
    await t.hold(1_000)
    expect(t.raised).toEqual([])
    await t.hold(1_500)
    expect(t.raised).toEqual([
      [RELAY_A, t.content],
      [RELAY_B, t.content],
    ])
    const given = 'An alle Geräte gegeben um 13:36:00'
    expect([t.text().includes(given), t.offered()]).toEqual([true, false])
    t.close()
    opened.pop()
    const again = await openLead({ path: `/lead/${ALERT_ID}`, ports: t.ports })
    opened.push(again)
    expect(again.text()).toContain(given)
  })

  it.each([
    ['answers', 'Ein Standort antwortet wieder.'],
    ['forbidden', 'Kein Relay weiß, dass Sie hier alarmieren dürfen.'],
    ['later', 'Gerade kann kein Relay alarmieren.'],
    ['refused', 'Das Relay kennt schon eine andere Fassung'],
    ['silent', 'Kein Relay hat geantwortet.'],
  ] as [AlarmFailure, string][])('says why no relay rings (%s), and can be tried again', async (failure, words) => {
    const fate = { [RELAY_A]: failure, [RELAY_B]: 'silent' as const }
    const t = await open({ fate })
    await t.hold(1_500)
    expect(t.text()).toContain(words)
    expect(t.offered()).toBe(true)
    fate[RELAY_B] = undefined as never
    await t.hold(1_500)
    expect(t.text()).toContain('An alle Geräte gegeben')
  })

  it('needs a bearer that this device has', async () => {
    const t = await open({ bearer: false })
    await t.hold(1_500)
    expect(t.text()).toContain('bei den Relays nicht mehr angemeldet')
    expect(t.raised).toEqual([])
  })

  it('is there for each revision: an update and an all-clear of what has rung, also where a push has brought that shortened', async () => {
    const content = sampleAlert()
    const short = { ...content, instruction: '', audience: { label: '', rooms: [] } }
    const t = await open({
      pushed: alarmRevisions(content, '@chief:a.example', NOW).map((r) => ({ ...r, content: short })),
    })
    await t.hold(1_500)
    await t.tap('Entwarnung')
    await t.write('Nächster Schritt', 'Kommen Sie zurück.')
    await t.hold(1_500)
    await t.deliver(...WAITS)
    expect(t.offered()).toBe(true)
    await t.hold(1_500)
    expect(t.raised.map(([, { rev, msg_type, audience }]) => [rev, msg_type, audience])).toEqual([
      [0, 'Alert', content.audience],
      [1, 'AllClear', content.audience],
    ])
  })
})

it('LAST-5 what was pushed before any room had it gives way to the room’s event, however its server’s clock goes', async () => {
  const content = sampleAlert()
  const pushed = alarmRevisions({ ...content, instruction: 'gekürzt' }, '@chief:a.example', NOW + 60_000)
  const t = await open({
    pushed,
    records: sampleRecords([alertEvent(content)]),
    item: [...WAITS, { type: 'taken', site: 'a' }],
  })
  await t.router.push('/lead')
  await t.wait(0)
  expect(t.screen.findAll('li').filter((row) => row.text().includes(content.headline))).toHaveLength(1)
  await t.router.push(`/alert/${ALERT_ID}`)
  await t.wait(0)
  expect(t.text()).toContain(content.instruction)
})
