// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { remember } from '../../../../src/app/memory.ts'
import type { Fleet, FleetCounts } from '../../../../src/core/fleet.ts'
import { REACH_KNOWN, type ReachReport, type Stage } from '../../../../src/core/reach.ts'
import { ALERT_ID } from '../../../fakes/agency.ts'
import { alertEvent, NOW, sampleAlert, sampleDeployment, sampleRecords, sessionOf } from '../../../fakes/sample.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { openLead } from './open.ts'
import '../../../../src/app/screens/lead/FleetScreen.vue'

const opened: { close(): void }[] = []
afterEach(() => opened.splice(0).forEach((o) => o.close()))

const [URL_A, URL_B] = ['https://relay.a.example', 'https://relay.b.example']

interface Said {
  reach?: Record<string, Record<string, Stage> | null>
  fleet?: Record<string, Fleet | null>
  path?: string
  bearer?: string | null
  /** Whose bearer it is. */
  holder?: string
}
/** `reach` and `fleet`: what each relay says. */
async function open({
  reach = {},
  fleet = {},
  path = `/lead/${ALERT_ID}`,
  bearer = 'good',
  holder = sessionOf('chief').device,
}: Said) {
  const asked: string[] = []
  const report = (url: string): ReachReport | null => {
    const people = reach[url]
    return people ? { v: 1, rev: 0, people } : null
  }
  const ports = await fakePorts({
    now: NOW,
    deployment: sampleDeployment(),
    session: sessionOf('chief'),
    records: sampleRecords([alertEvent(sampleAlert())]),
    relays: {
      reach: async (url, by, alert) => (asked.push(`${url} ${by} ${alert}`), report(url)),
      fleet: async (url, by) => (asked.push(`${url} ${by}`), fleet[url] ?? null),
    },
  })
  if (bearer) await remember(ports.settings, 'bearer', { bearer, expires: NOW * 2, device: holder })
  const screen = await openLead({ path, ports })
  await screen.wait(0)
  opened.push(screen)
  return { ...screen, asked }
}

describe('REACH-3 whom an alert has reached', () => {
  it('says of those without an answer what is known of their devices, who is to be called first', async () => {
    const t = await open({
      reach: { [URL_A]: { anna: 'shown', ben: 'registered' }, [URL_B]: { ben: 'accepted' } },
    })
    expect(t.text()).toContain('1 von 3 haben geantwortet oder die Anweisung auf dem Bildschirm gehabt.')
    const rows = t.screen.findAll('.reach .head').map((row) => row.text())
    expect(rows).toEqual([
      '1ohne Gerät',
      '1angenommen vom Push-Dienst, Anzeige nicht bestätigt',
      '1auf dem Bildschirm angezeigt',
    ])
    await t.tap('angenommen vom Push-Dienst')
    expect(t.text()).toContain('Ben Carlsen')
    expect(t.text()).not.toContain('Nicht jedes Relay')
  })

  it('says so when a relay is silent, and claims nothing for it', async () => {
    const t = await open({ reach: { [URL_A]: { anna: 'shown' }, [URL_B]: null } })
    expect(t.text()).toContain('Nicht jedes Relay antwortet.')
    expect(t.text()).toContain('2unbekannt')
    expect(t.text()).not.toContain('ohne Gerät')
  })

  it('asks again while it is looked at, and without a bearer of this sign-in not at all', async () => {
    const t = await open({ reach: { [URL_A]: {}, [URL_B]: {} } })
    expect(t.asked).toEqual([`${URL_A} good ${ALERT_ID}`, `${URL_B} good ${ALERT_ID}`])
    await t.wait(15_000)
    expect(t.asked).toHaveLength(4)
    for (const lacking of [{ bearer: null }, { holder: 'another' }]) {
      const none = await open(lacking)
      expect(none.asked).toEqual([])
      expect(none.text()).toContain('3unbekannt')
    }
  })

  it('is not asked for once relays have forgotten it', async () => {
    const t = await open({ path: '/lead' })
    await t.wait(REACH_KNOWN)
    await t.router.push(`/lead/${ALERT_ID}`)
    await t.wait(0)
    expect(t.asked).toEqual([])
  })
})

describe('FLEET-3 how many devices ring', () => {
  const none: FleetCounts = { devices: 0, installed: 0, proven_7: 0, proven_30: 0 }
  const fleet: Fleet = {
    v: 1,
    people: 1284,
    reachable: 1201,
    platforms: { android: { devices: 800, installed: 790, proven_7: 412, proven_30: 700 }, ios: none, desktop: none },
  }

  it('is told by the first relay that answers', async () => {
    const t = await open({ path: '/lead/fleet', fleet: { [URL_B]: fleet } })
    expect(t.asked).toEqual([`${URL_A} good`, `${URL_B} good`])
    expect(t.text()).toContain('1.201 von 1.284 Personen haben ein Gerät, das klingelt')
    expect(t.screen.find('dl').text()).toBe(
      'Geräte800installiert790in 7 Tagen nachgewiesen412in 30 Tagen nachgewiesen700',
    )
  })

  it('says what to do when nobody tells', async () => {
    const t = await open({ path: '/lead/fleet' })
    expect(t.text()).toContain('Kein Relay gibt Auskunft.')
  })

  it('keeps what was told when nobody answers any more', async () => {
    const said: Record<string, Fleet | null> = { [URL_A]: fleet }
    const t = await open({ path: '/lead/fleet', fleet: said })
    said[URL_A] = null
    await t.wait(60_000)
    expect(t.asked).toHaveLength(3)
    expect(t.text()).toContain('1.201')
  })
})
