// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { TYPE, type RoomEvent } from '../../../../src/core/event.ts'
import { remember } from '../../../../src/app/memory.ts'
import type { ActiveSite } from '../../../../src/core/failover.ts'
import type { RelayStatus } from '../../../../src/core/relay.ts'
import { ALL, bot, deploymentOf, LAGE } from '../../../fakes/agency.ts'
import { event, NOW, sampleAlert, sampleRecords } from '../../../fakes/sample.ts'
import { openLead } from './open.ts'
import '../../../../src/app/screens/lead/SwitchScreen.vue'

type Opened = Awaited<ReturnType<typeof openLead>>
const opened: Opened[] = []
afterEach(() => opened.splice(0).forEach((o) => o.close()))

const CHIEF = '@chief:a.example' as const
const active = (content: Partial<ActiveSite>, type: string = TYPE.activeSite): RoomEvent => {
  const since = NOW - 600_000
  return event(ALL, CHIEF, type, { v: 1, site: 'a', since, by: 'manager', ...content }, { key: '', at: since })
}
const PROPOSAL = {
  v: 1,
  id: '00000000-0000-4000-9000-000000000001',
  rev: 0,
  state: 'open',
  incident: '00000000-0000-4000-9000-000000000002',
  from: 'a',
  to: 'b',
  at: NOW - 60_000,
  until: NOW + 240_000,
  then: 'automatic',
  evidence: [
    { monitor: 'a', up: null, since: null },
    { monitor: 'b', up: false, since: NOW - 120_000 },
    { monitor: 'witness', up: false, since: NOW - 90_000 },
  ],
}
const proposed = event(LAGE, bot('b'), TYPE.proposal, PROPOSAL, { key: '', at: NOW - 60_000 })

/** What each monitor says of A and B; those that are left out are silent. */
function monitors(says: Record<string, [boolean | null, boolean | null]>) {
  return (url: string): Promise<RelayStatus | null> => {
    const id = deploymentOf().monitors.find((m) => m.url === url)!.id
    const said = says[id]
    if (!said) return Promise.resolve(null)
    const site = (up: boolean | null) => ({
      up,
      since: NOW - 120_000,
      checks: { homeserver: up, relay: up },
      unsteady: false,
    })
    return Promise.resolve({
      v: 1,
      relay: id,
      at: NOW,
      epoch: 0,
      sites: { a: site(said[0]), b: site(said[1]) },
      verdict: {},
      active_site: 'a',
      active_since: null,
      exercise: false,
      observed: [],
      refused_file: null,
      sent: [],
    })
  }
}
const BOTH: [boolean, boolean] = [true, true]
const ALL_UP = { a: BOTH, b: BOTH, witness: BOTH }

async function open(
  state: RoomEvent[] = [],
  {
    path = '/lead/switch',
    says = ALL_UP as Parameters<typeof monitors>[0],
    ...more
  }: Parameters<typeof openLead>[0] & {
    says?: Parameters<typeof monitors>[0]
  } = {},
) {
  const records = sampleRecords()
  for (const e of state)
    (records.find((r) => r.id === e.room_id)!.state as Map<string, RoomEvent>).set(`${e.type}\n`, e)
  const lead = await openLead({ path, records, relays: { status: monitors(says) }, ...more })
  opened.push(lead)
  return lead
}
const declared = async ({ ports }: Opened) =>
  (await ports.outbox.all()).flatMap(({ payload }) => (payload.kind === 'event' ? [payload] : []))
const sites = (o: Opened) => o.screen.findAll('.detail .site').map((s) => s.text())

describe('LEAD-11 what is declared, and what the monitors see', () => {
  it('of each site what every monitor says; one that cannot be read is named as such', async () => {
    const o = await open([], { says: { b: [false, true], witness: [false, null] } })
    const [a, b] = sites(o)
    expect(a).toContain('antwortet nicht')
    expect(a).toMatch(/Wächter bei Standort A\s*von hier nicht zu erreichen/)
    expect(a).toMatch(/Wächter bei Standort B\s*antwortet nicht, seit/)
    expect(a).toMatch(/Wächter witness\s*antwortet nicht, seit/)
    expect(b).toContain('nicht sicher')
    expect(b).toMatch(/Wächter witness\s*wird noch geprüft/)
  })

  it('which site is in use, since when and declared by whom', async () => {
    expect((await open()).text()).toContain('Standort A ist in Betrieb seit der Einrichtung')
    const byHand = await open([active({ site: 'b', from: 'a', closed: ['a'] })])
    expect(byHand.text()).toMatch(/Standort B ist in Betrieb seit \d\d:\d\d, erklärt von Jana Lindhorst/)
    expect(sites(byHand)[0]).toContain('Geschlossen')
    expect((await open([active({ site: 'b', from: 'a', by: 'monitor' })])).text()).toContain('erklärt von den Wächtern')
  })

  it('a monitor that calls itself otherwise is none', async () => {
    const status = monitors(ALL_UP)
    const o = await open([], {
      relays: { status: async (url) => ({ ...(await status(url))!, relay: 'somebody' }) },
    })
    expect(sites(o)[0]).toContain('nicht sicher')
  })

  it('who may not declare is told so, and finds no way there', async () => {
    const levels = { users: { '@chief:a.example': 50, '@chief:b.example': 50 }, events_default: 50, state_default: 100 }
    const power = event(ALL, bot('a'), 'm.room.power_levels', levels, { key: '' })
    const o = await open([power])
    expect(o.text()).toContain('Umschalten dürfen nur Personen aus dem Krisenstab')
    expect(o.screen.findAll('a').filter((a) => a.text().includes('Umschalten'))).toEqual([])
  })
})

describe('LEAD-12 a declaration', () => {
  it('nothing is picked: without a choice between earnest and drill there is no button', async () => {
    const o = await open()
    await o.tap('Nach Standort B umschalten')
    expect(o.text()).toContain('Wählen Sie zuerst: Ernstfall oder Übung.')
    expect(o.screen.find('.hold').exists()).toBe(false)
  })

  it('says what will happen to whom, with the alert that relays will send, and is declared by holding', async () => {
    const o = await open()
    await o.tap('Nach Standort B umschalten')
    await o.tap('Ernstfall')
    expect(o.text()).toContain('Alle Telefone gehen nach Standort B')
    expect(o.text()).toContain('Standort A bleibt offen')
    expect(o.text()).toContain('Die Anweisung unten geht an 3 Personen')
    expect(o.screen.get('.phone').text()).toContain('Der Krisenstab hat um')
    await o.hold(500)
    expect(await declared(o)).toEqual([])
    await o.hold(1600)
    const [said, ...more] = await declared(o)
    expect(more).toEqual([])
    expect(said).toMatchObject({
      room: ALL,
      type: TYPE.activeSite,
      state_key: '',
      content: { site: 'b', from: 'a', by: 'manager', status: 'Actual', closed: [] },
    })
    expect(said!.content[TYPE.clientId]).toBeTypeOf('string')
    expect(o.router.currentRoute.value.fullPath).toBe('/lead/switch')
    expect(o.text()).toContain('Ihre letzte Erklärung: Standort B')
  })

  it('names what will not happen: a site that does not answer, relays that are dead', async () => {
    const o = await open([], { says: {}, path: '/lead/switch?do=move-b' })
    await o.tap('Ernstfall')
    expect(o.text()).toContain('Ob Standort B antwortet, ist nicht sicher')
    expect(o.text()).toContain('Von hier antwortet kein Relay')
    const dead = await open([], {
      says: { ...ALL_UP, a: [true, false], b: [true, false] },
      path: '/lead/switch?do=move-b',
    })
    await dead.tap('Ernstfall')
    expect(dead.text()).toContain('Standort B antwortet nicht. Telefone bleiben, wo sie sind')
  })

  it('closes a site that answers; closing one that nobody uses rings nobody', async () => {
    const o = await open()
    await o.tap('Standort A schließen, weiter in Standort B')
    await o.tap('Ernstfall')
    expect(o.screen.get('.phone').text()).toContain('Standort A ist geschlossen')
    await o.hold(1600)
    expect((await declared(o))[0]!.content).toMatchObject({ site: 'b', closed: ['a'] })
    const other = await open([], { path: '/lead/switch?do=close-b-a' })
    expect(other.text()).toContain('niemand wird angeklingelt')
    expect(other.screen.find('.phone').exists()).toBe(false)
    await other.hold(1600)
    expect((await declared(other))[0]!.content).toMatchObject({ site: 'a', from: 'a', closed: ['b'] })
  })

  it('goes back, opens again, and takes a mistake back by withdrawing its alert', async () => {
    const incident = '00000000-0000-4000-9000-000000000003'
    const o = await open([active({ site: 'b', from: 'a', closed: ['a'], incident })])
    expect(o.text()).toContain('Zurück nach Standort A')
    expect(o.text()).toContain('Standort A wieder öffnen')
    await o.tap('Umschaltung nach Standort B zurücknehmen')
    await o.tap('Ernstfall')
    expect(o.text()).toContain('Die Anweisung zur Umschaltung wird für 3 Personen zurückgezogen')
    await o.hold(1600)
    expect((await declared(o))[0]!.content).toMatchObject({ site: 'a', closed: [], corrects: incident })
  })

  it('is not made when something else was declared meanwhile', async () => {
    const o = await open([], { path: '/lead/switch?do=move-b' })
    await o.tap('Ernstfall')
    await o.ports.projection.add(ALL, { state: [active({ site: 'b', from: 'a', since: NOW })] })
    await o.wait(0)
    expect(o.text()).toContain('Das ist nicht mehr möglich')
    expect(o.screen.find('.hold').exists()).toBe(false)
  })
})

describe('SWITCH-13 a drill', () => {
  it('is declared as one, says that nobody moves, and is marked', async () => {
    const o = await open([], { path: '/lead/switch?do=move-b' })
    await o.tap('Übung: alle werden benachrichtigt')
    expect(o.text()).toContain('Kein Telefon wechselt den Standort')
    expect(o.text()).toContain('Übung, kein Ernstfall')
    await o.hold(1600)
    expect((await declared(o))[0]).toMatchObject({ type: TYPE.drill, content: { site: 'b', status: 'Exercise' } })
  })

  it('that runs is named and can be ended; no other one begins meanwhile', async () => {
    const o = await open([active({ site: 'b', from: 'a', since: NOW - 1000 }, TYPE.drill)])
    expect(o.text()).toContain('Eine Übung läuft seit')
    expect(sites(o)[1]).toContain('Übungshalber in Betrieb')
    await o.tap('Übung beenden: zurück nach Standort A')
    await o.hold(1600)
    expect((await declared(o))[0]).toMatchObject({ type: TYPE.drill, content: { site: 'a', from: 'b' } })
    const earnest = await open([active({ site: 'b', from: 'a', since: NOW - 1000 }, TYPE.drill)], {
      path: '/lead/switch?do=move-b',
    })
    expect(earnest.text()).toContain('Ernstfall: alle ziehen um')
    expect(earnest.text()).not.toContain('Übung: alle werden benachrichtigt')
  })
})

describe('LEAD-13 what became of it', () => {
  async function declare(o: Opened) {
    await o.router.push('/lead/switch?do=move-b')
    await o.wait(0)
    await o.tap('Ernstfall')
    await o.hold(1600)
  }
  it('says where it stands, and what waits can be taken back', async () => {
    const o = await open()
    await declare(o)
    expect(o.text()).toContain('Gespeichert')
    await o.deliver({ type: 'started', site: 'a' }, { type: 'failed', failure: { fate: 'wait', reason: 'network' } })
    await o.tap('Nicht senden')
    await o.tap('Löschen')
    expect(await declared(o)).toEqual([])
  })

  it('SWITCH-18 says that it was overtaken, and offers no second try', async () => {
    const o = await open()
    await declare(o)
    await o.deliver(
      { type: 'started', site: 'a' },
      { type: 'failed', failure: { fate: 'refuse', reason: 'overtaken' } },
    )
    expect(o.text()).toContain('Nicht mehr gesendet')
    expect(o.text()).not.toContain('Noch einmal senden')
  })

  it('where no site can be reached it says before that the declaration waits, and for how long', async () => {
    const o = await open([], { path: '/lead/switch?do=move-b' })
    const silent = { up: false, since: NOW }
    await remember(o.ports.settings, 'status', {
      site: 'a',
      since: NOW,
      sync: 'failing',
      exchanged_at: null,
      answers: { a: silent, b: silent },
    })
    await o.tap('Ernstfall')
    expect(o.text()).toContain('Dieses Gerät erreicht gerade keinen Standort')
    expect(o.text()).toContain('Nach einer Stunde gilt sie nicht mehr')
  })
})

describe('LEAD-14 a proposal', () => {
  it('stands on the Lage with its evidence and its time, and two taps declare it', async () => {
    const o = await open([proposed], { path: '/' })
    expect(o.text()).toContain('Umschalten nach Standort B?')
    expect(o.text()).toMatch(/2 von 3 Wächtern sehen: Standort A antwortet nicht, seit \d\d:\d\d/)
    expect(o.text()).toMatch(/schalten die Relays um \d\d:\d\d selbst um/)
    await o.tap('Entscheiden')
    await o.tap('Ernstfall')
    expect(o.screen.get('.phone').text()).toContain('Standort A antwortet nicht mehr')
    await o.hold(1600)
    expect((await declared(o))[0]!.content).toMatchObject({ site: 'b', incident: PROPOSAL.incident })
  })

  it('SWITCH-17 is declined by two', async () => {
    const o = await open([proposed], { path: '/' })
    await o.tap('Nicht umschalten')
    expect(o.text()).toContain('Standort A bleibt in Betrieb')
    await o.hold(1600)
    expect((await declared(o))[0]!.content).toMatchObject({ site: 'a', from: 'a', declines: PROPOSAL.incident })
  })

  it('is gone as soon as somebody has decided', async () => {
    const decided = active({ site: 'a', from: 'a', declines: PROPOSAL.incident, since: NOW })
    expect((await open([proposed, decided], { path: '/' })).text()).not.toContain('Umschalten nach Standort B?')
  })

  it('its push gives way to it, and leads there', async () => {
    const headline = 'Umschalten nach Standort B, per Push?'
    const content = sampleAlert({ id: PROPOSAL.id, headline, responses: [], effective: PROPOSAL.at })
    const revision = { content, event_id: '$push', room_id: LAGE, sender: bot('b'), at: PROPOSAL.at } as const
    const o = await open([proposed], { path: `/alert/${PROPOSAL.id}`, pushed: [{ revision, received_at: NOW }] })
    expect(o.router.currentRoute.value.fullPath).toBe('/lead/switch')
    const before = await open([], { path: '/', pushed: [{ revision, received_at: NOW }] })
    expect(before.text()).toContain(headline)
  })
})
