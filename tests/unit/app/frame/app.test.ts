// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ALERT_ID } from '../../../fakes/agency.ts'
import { alertEvent, NOW, sampleAlert, sessionOf } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { atSite, batch, moved, openApp } from './open.ts'

let close = () => {}
const open = async (things: Parameters<typeof openApp>[0] = {}) => {
  const app = await openApp(things)
  close = app.close
  return app
}
afterEach(() => close())

const other = (changes: Parameters<typeof sampleAlert>[0] = {}) =>
  alertEvent(sampleAlert({ id: '00000000-0000-4000-8000-00000000abcd', ...changes }), NOW - 1000)

describe('the frame', () => {
  it('APP-1 shows nothing before the device was read, and everything of it after', async () => {
    const { before, screen } = await open()
    expect(before).toBe('<!--v-if-->')
    expect(screen.text()).toContain('Standort A')
    expect(screen.find('main').exists()).toBe(true)
  })

  it('APP-1 shows what else it knows where a part of the storage hangs', async () => {
    const { before, screen } = await open({ hangs: true })
    expect(before).toBe('<!--v-if-->')
    await vi.waitFor(() => expect(screen.text()).toContain('Standort A'), { timeout: 10_000 })
  })

  it('DEVICE-9 where not even the session can be read, says so and what to do, and asks nobody to sign in', async () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValueOnce(['de-DE'])
    const state = { memory: false, full: false, broken: [], silent: ['settings' as const], emptied: 0, persisted: true }
    const { before, screen } = await open({ storage: { state: () => state } })
    expect(before).toContain('Der Speicher antwortet nicht')
    expect(before).toContain('Schließen Sie die App ganz')
    expect(before).not.toContain('Passwort')
    expect(screen.text()).toContain('Standort A')
  })

  it('asks for the sign-in where nobody is signed in', async () => {
    const { screen } = await open({ session: null })
    expect(screen.findAll('label').map((l) => l.text())).toEqual(expect.arrayContaining(['Benutzername', 'Passwort']))
    expect(document.title).toBe('Anmelden – Notanker')
  })

  it('APP-5 is in the language of the person, and says so to the browser', async () => {
    const { ports, screen } = await open({ path: '/readiness' })
    expect(document.documentElement.lang).toBe('de')
    await ports.settings.set('language', 'en')
    await settled()
    expect(document.documentElement.lang).toBe('en')
    expect(screen.get('nav').text()).toContain('Rooms')
    expect(document.title).toBe('Readiness – Notanker')
  })

  it('names the window after the alert that is open', async () => {
    await open({ path: `/alert/${ALERT_ID}`, alerts: [alertEvent(sampleAlert())] })
    expect(document.title).toBe('Gebäude Ruhrstraße sofort verlassen – Notanker')
  })

  it('APP-6 says what a count counts', async () => {
    const { screen } = await open({ alerts: [alertEvent(sampleAlert())] })
    const lage = screen.get('.bar a')
    expect(lage.text()).toContain('1 Anweisung wartet auf Ihre Antwort')
    expect(lage.get('.count').attributes('aria-hidden')).toBe('true')
    expect(lage.attributes('aria-current')).toBe('page')
  })

  it('LEAD-7 shows Führen only to those who may lead', async () => {
    const staff = await open()
    expect(staff.find('Führen')).toBeUndefined()
    close()
    const chief = await open({ session: sessionOf('chief') })
    expect(chief.find('Führen')).toBeDefined()
  })

  it('takes the keyboard past the strip and the areas', async () => {
    const { tap } = await open()
    await tap('Zum Inhalt')
    expect(document.activeElement?.id).toBe('main')
  })

  it('APP-13 keeps an alert that waits in sight on every other screen, the earnest one before the drill', async () => {
    const drill = other({ status: 'Exercise', headline: 'Räumung üben' })
    const { screen, receive } = await open({ path: '/readiness', alerts: [drill] })
    expect(screen.get('main').text()).toContain('Übung: Anweisung wartet auf Ihre Antwort')
    await receive(alertEvent(sampleAlert({ severity: 'Minor' })))
    const note = screen.get('main a')
    expect(note.text()).toContain('Gebäude Ruhrstraße sofort verlassen')
    expect(note.attributes('href')).toBe(`/alert/${ALERT_ID}`)
  })

  it('APP-8 frames every screen during a drill, and stops when it is earnest', async () => {
    const { screen, receive } = await open({ path: '/rooms', alerts: [other({ status: 'Exercise' })] })
    expect(screen.text()).toContain('ÜBUNG · ÜBUNG · ÜBUNG')
    await receive(alertEvent(sampleAlert()))
    expect(screen.text()).not.toContain('ÜBUNG · ÜBUNG · ÜBUNG')
  })
})

describe('the voice of a new alert', () => {
  it('APP-11 says it once with severity and next step, loudly when it is extreme, and leaves the focus alone', async () => {
    const { receive, spoken, tap } = await open()
    await tap('Zum Inhalt')
    await receive(alertEvent(sampleAlert({ next_step: 'Gehen Sie zum Sammelplatz.' })))
    const sentence =
      'Neue Anweisung. Extrem. Gebäude Ruhrstraße sofort verlassen. Nächster Schritt: Gehen Sie zum Sammelplatz.'
    expect(spoken('alert')).toContain(sentence)
    expect(document.activeElement?.id).toBe('main')
    await receive(other({ severity: 'Minor', headline: 'Kantine zu' }))
    expect(spoken('status').join()).toContain('Neue Anweisung. Hinweis. Kantine zu.')
    expect(spoken('status').join()).not.toContain('Ruhrstraße')
  })

  it('APP-11 says nothing of what was there at the start', async () => {
    const { receive, spoken } = await open({ alerts: [alertEvent(sampleAlert())] })
    await receive(other({ severity: 'Minor', headline: 'Kantine zu' }))
    expect([...spoken('alert'), ...spoken('status')].join()).not.toContain('Ruhrstraße')
  })

  it('APP-16 says an update as one, also of what was there at the start, once', async () => {
    const { receive, spoken } = await open({ alerts: [alertEvent(sampleAlert())] })
    await receive(alertEvent(sampleAlert({ rev: 1, msg_type: 'Update', next_step: 'Bleiben Sie fern.' }), NOW - 1000))
    expect(spoken('alert').join()).toContain(
      'Aktualisierte Anweisung. Extrem. Gebäude Ruhrstraße sofort verlassen. Nächster Schritt: Bleiben Sie fern.',
    )
    await receive(other({ severity: 'Extreme', headline: 'Kantine zu' }))
    expect(spoken('alert').join()).not.toContain('Ruhrstraße')
  })

  it.each([
    ['AllClear', 'Entwarnung. Gebäude Ruhrstraße sofort verlassen. Nächster Schritt: Gehen Sie zurück.'],
    ['Cancel', 'Zurückgenommen. Gebäude Ruhrstraße sofort verlassen. Nächster Schritt: Gehen Sie zurück.'],
  ] as const)('APP-16 says what ends an alert, without interrupting: %s', async (msg_type, sentence) => {
    const { receive, spoken } = await open()
    await receive(alertEvent(sampleAlert()))
    await receive(alertEvent(sampleAlert({ rev: 1, msg_type, next_step: 'Gehen Sie zurück.' }), NOW - 1000))
    expect(spoken('status').join()).toContain(sentence)
    expect(spoken('alert').join()).not.toContain('Gehen Sie zurück')
  })

  it('APP-16 says nothing of the end of what nobody has heard of', async () => {
    const { receive, spoken } = await open()
    await receive(other({ rev: 1, msg_type: 'AllClear' }))
    expect([...spoken('alert'), ...spoken('status')].join()).not.toContain('Entwarnung')
  })

  it('says nothing of what the very first loading brings', async () => {
    const { ports, spoken, receive } = await open({ syncedAt: null })
    const old = alertEvent(sampleAlert())
    const room = { id: old.room_id, state: [], timeline: [old], limited: false }
    await ports.projection.apply({ ...batch, rooms: [room] }, NOW)
    await settled()
    expect([...spoken('alert'), ...spoken('status')].join('')).not.toContain('Neue Anweisung')
    await receive(other())
    expect(spoken('alert').join()).toContain('Neue Anweisung')
  })

  it('APP-8 says "Übung" first in a drill', async () => {
    const { receive, spoken } = await open()
    await receive(alertEvent(sampleAlert({ status: 'Exercise' })))
    expect(spoken('alert').join()).toMatch(/^Übung\. Neue Anweisung\. Extrem\./)
  })
})

describe('the sheet of a switch', () => {
  const switched = { status: atSite('b') }

  it('APP-12 tells of a switch once', async () => {
    const { screen, receive, tap } = await open(switched)
    await receive(moved)
    expect(screen.get('dialog').text()).toContain('Der Standort Standort A antwortet nicht mehr.')
    await tap('Verstanden')
    expect(screen.find('dialog').exists()).toBe(false)
    await receive({ ...moved, event_id: '$again' })
    expect(screen.find('dialog').exists()).toBe(false)
  })

  it('APP-12 waits while an alert waits for an answer', async () => {
    const { screen, receive, tap } = await open({ ...switched, alerts: [alertEvent(sampleAlert())] })
    await receive(moved)
    expect(screen.find('dialog').exists()).toBe(false)
    await tap('Bin in Sicherheit')
    expect(screen.find('dialog').exists()).toBe(true)
  })
})
