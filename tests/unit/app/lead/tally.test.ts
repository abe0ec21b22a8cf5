// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { TYPE } from '../../../../src/core/event.ts'
import type { AlertContent } from '../../../../src/core/alert.ts'
import { ALERT_ID, bot, LAGE, person } from '../../../fakes/agency.ts'
import { alertEvent, event, HANDBOOK, NOW, sampleAlert, sampleRecords } from '../../../fakes/sample.ts'
import { openLead } from './open.ts'

type Opened = Awaited<ReturnType<typeof openLead>>
const opened: Opened[] = []
afterEach(() => opened.splice(0).forEach((o) => o.close()))

const entry = (n: number, who: string, key: string, note?: string) => ({
  id: `00000000-0000-4000-9000-00000000000${n}`,
  person: person(who),
  key,
  at: NOW - 60_000,
  ...(note ? { note } : {}),
})
const answers = event(LAGE, bot('a'), TYPE.tally, {
  v: 1,
  alert: ALERT_ID,
  entries: [entry(1, 'anna', 'help', '2. OG, Treppe verraucht'), entry(2, 'ben', 'safe')],
})
const contacts = event(
  HANDBOOK!,
  bot('a'),
  TYPE.contacts,
  {
    v: 1,
    title: 'Referate',
    version: 1,
    entries: [{ role: 'Referat 34', name: 'Anna Berg', phones: ['030 23125 344'] }],
  },
  { key: 'referate' },
)

async function open(changes: Partial<AlertContent> = {}, more: Parameters<typeof openLead>[0] = {}) {
  const records = sampleRecords([alertEvent(sampleAlert(changes))], [], [answers])
  const tally = await openLead({ path: `/lead/${ALERT_ID}`, records, ...more })
  await tally.ports.projection.add(HANDBOOK!, { state: [contacts] })
  await tally.wait(0)
  opened.push(tally)
  return tally
}
const rows = (t: Opened) => t.screen.findAll('.board .head').map((r) => r.text())

describe('the tally', () => {
  it('LEAD-6 counts first: help, then who has not answered, then the rest', async () => {
    const t = await open()
    expect(t.screen.get('.total').text()).toBe('2 von 3 geantwortet')
    expect(rows(t)).toEqual(['1Brauche Hilfe', '1ohne Antwort', '0Nicht im Haus', '1Bin in Sicherheit'])
  })

  it('LEAD-9 says that people are still counted, as long as not all of the audience are known', async () => {
    const t = await open({}, { counted: [] })
    expect(t.screen.get('.board').text()).toContain('Die Zahlen sind noch zu klein')
    expect(rows(t)[0]).toBe('1Brauche Hilfe')
    expect((await open()).text()).not.toContain('Die Zahlen sind noch zu klein')
  })

  it('LEAD-6 shows who needs help at once, with note and number; the others after a tap', async () => {
    const t = await open()
    expect(t.text()).toContain('Anna Berg')
    expect(t.text()).toContain('„2. OG, Treppe verraucht“')
    expect(t.screen.get('a[href^="tel:"]').attributes()).toMatchObject({
      href: 'tel:03023125344',
      'aria-label': 'Anna Berg anrufen, 030 23125 344',
    })
    expect(t.text()).not.toContain('Ben Carlsen')
    await t.tap('Bin in Sicherheit')
    expect(t.text()).toContain('Ben Carlsen')
  })

  it('is no live region; a button reads the counts', async () => {
    const t = await open()
    const live = () => t.screen.get('.board [aria-live]').text()
    expect(live()).toBe('')
    await t.tap('Zahlen vorlesen')
    expect(live()).toBe(
      '2 von 3 haben geantwortet. 1 Brauche Hilfe. 1 ohne Antwort. 0 Nicht im Haus. 1 Bin in Sicherheit',
    )
    expect(t.screen.get('.board').findAll('[role=status], [role=alert]')).toEqual([])
  })

  it('ANSWER-10 shows no counts and no names to a manager outside the Lage room', async () => {
    const records = sampleRecords([alertEvent(sampleAlert())]).filter((r) => r.id !== LAGE)
    const t = await open({}, { records })
    expect(t.screen.find('.board').exists()).toBe(false)
    expect(t.text()).toContain('Den Rückmeldestand sieht nur')
    expect(t.text()).not.toContain('Anna Berg')
  })

  it('LEAD-6 shows in the list of running alerts who needs help', async () => {
    const t = await open({}, { path: '/lead' })
    expect(t.screen.text()).toContain('1 braucht Hilfe')
    expect(t.screen.text()).toContain('2 von 3')
  })
})

describe('what becomes of an alert', () => {
  it('LEAD-5 an update is the next revision, for the same people, and a drill stays a drill', async () => {
    const t = await open({ status: 'Exercise' })
    await t.tap('Aktualisieren')
    await t.write('Anweisung', 'Ausgang Ruhrstraße gesperrt.')
    await t.hold(1500)
    const [sent] = await t.sent()
    expect(sent).toMatchObject({ id: ALERT_ID, rev: 1, msg_type: 'Update', status: 'Exercise' })
    expect(sent).toMatchObject({ instruction: 'Ausgang Ruhrstraße gesperrt.', audience: sampleAlert().audience })
    expect(t.screen.find('dialog').exists()).toBe(false)
  })

  it('ALERT-8 an all-clear needs a next step, and names how many people it reaches', async () => {
    const t = await open()
    await t.tap('Entwarnung')
    expect(t.screen.get('dialog').text()).toContain('3 Personen')
    expect(t.screen.find('.hold').exists()).toBe(false)
    await t.tap('Es fehlt: Nächster Schritt')
    expect(document.activeElement).toBe(t.field('Nächster Schritt').element)
    await t.write('Nächster Schritt', 'Sie können zurück an Ihren Platz.')
    await t.hold(1500)
    expect(await t.sent()).toMatchObject([
      { msg_type: 'AllClear', rev: 1, next_step: 'Sie können zurück an Ihren Platz.' },
    ])
    expect(t.text()).toContain('Gilt nicht mehr: Gebäude Ruhrstraße sofort verlassen')
    expect(t.screen.findAll('button').some((b) => b.text() === 'Aktualisieren')).toBe(false)
  })

  it('ALERT-5 withdrawing is another end, with a step of its own', async () => {
    const t = await open()
    await t.tap('Entwarnung')
    await t.tap('Zurückziehen')
    await t.hold(1500)
    expect(await t.sent()).toMatchObject([{ msg_type: 'Cancel', next_step: 'Sie müssen nichts tun.' }])
  })

  it('LEAD-2 keeps what was begun in a sheet that is closed', async () => {
    const t = await open()
    await t.tap('Aktualisieren')
    await t.write('Anweisung', 'Ausgang gesperrt.')
    await t.screen.get('dialog').trigger('cancel')
    await t.tap('Aktualisieren')
    expect(t.field('Anweisung').element.value).toBe('Ausgang gesperrt.')
  })

  it('LEAD-8 known by push only, shortened, it cannot be sent on', async () => {
    const { content, ...event } = alertEvent(sampleAlert())
    const revision = {
      content: sampleAlert(),
      event_id: event.event_id,
      room_id: event.room_id,
      sender: event.sender,
      at: NOW,
    }
    const t = await open({}, { records: sampleRecords(), pushed: [{ revision, received_at: NOW }] })
    expect(content).toBeDefined()
    expect(t.text()).toContain('noch nicht ganz geladen')
    expect(t.screen.findAll('button').some((b) => b.text() === 'Aktualisieren')).toBe(false)
  })

  it('OUT-11 says what became of the sending, step by step, and offers a refused one again', async () => {
    const t = await open()
    await t.tap('Entwarnung')
    await t.tap('Zurückziehen')
    await t.hold(1500)
    const note = () => t.screen.get('.note[role=status]').text()
    expect(note()).toContain('Gespeichert')
    await t.deliver({ type: 'started' })
    expect(note()).toBe('Unterwegs')
    await t.deliver({ type: 'failed', failure: { fate: 'refuse', reason: 'forbidden' } })
    expect(note()).toContain('Abgelehnt: Sie dürfen')
    await t.tap('Noch einmal senden')
    await t.deliver({ type: 'started' }, { type: 'taken', site: 'a', event_id: '$x' })
    expect(note()).toMatch(/^Zugestellt um .* über Standort A$/)
  })
})
