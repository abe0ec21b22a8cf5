// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { ALERT_ID } from '../../../fakes/agency.ts'
import { alertEvent, NOW, sampleAlert } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { batch } from '../frame/open.ts'
import { openLage } from './open.ts'

const OTHER = '0198aaaa-0000-7000-8000-000000000002'
const second = (changes = {}) =>
  sampleAlert({ id: OTHER, severity: 'Moderate', headline: 'Zu Hause bleiben', ...changes })

let close = () => {}
const open = async (things: Parameters<typeof openLage>[0]) => {
  const lage = await openLage(things)
  close = lage.close
  return lage
}
afterEach(() => close())

describe('Lage with an alert', () => {
  it('answers with one tap, and OUT-1 says "saved" once it is on disk', async () => {
    const { ports, screen, tap, spoken } = await open({ alerts: [alertEvent(sampleAlert())] })
    await tap('Bin in Sicherheit')
    expect(await ports.outbox.all()).toMatchObject([{ payload: { response: { alert: ALERT_ID, key: 'safe' } } }])
    expect(screen.get('.chain').text()).toContain('Gespeichert')
    expect(screen.get('.chain').text()).toContain('Unterwegs')
    expect(spoken()).toBe('Rückmeldung gespeichert')
  })

  it('ANSWER-1 says "registered" only after the relay has said so', async () => {
    const { screen, tap, deliver, spoken } = await open({ alerts: [alertEvent(sampleAlert())] })
    await tap('Bin in Sicherheit')
    await deliver({ type: 'started' })
    expect(screen.text()).not.toContain('registriert um')
    await deliver({ type: 'taken', site: 'b' })
    expect(screen.text()).toContain('registriert um')
    expect(spoken()).toBe('Rückmeldung registriert')
  })

  it('ALERT-11 is answered at once and begins with its event, also when its writer has a clock that runs ahead', async () => {
    const ahead = sampleAlert({ effective: NOW + 240_000 })
    const { screen, ports, tap } = await open({ alerts: [alertEvent(ahead, NOW - 60_000)] })
    expect(screen.get('.hero .age').text()).toBe('vor 1 min')
    await tap('Bin in Sicherheit')
    expect(await ports.outbox.all()).toHaveLength(1)
  })

  it('a second tap does not answer the next alert', async () => {
    const { screen, tap } = await open({ alerts: [alertEvent(sampleAlert()), alertEvent(second())] })
    await tap('Bin in Sicherheit')
    expect(screen.get('.hero h2').text()).toBe('Gebäude Ruhrstraße sofort verlassen')
    expect(screen.text()).toContain('Wartet auf Ihre Antwort')
  })

  it('help stays possible after another answer', async () => {
    const { ports, tap } = await open({ alerts: [alertEvent(sampleAlert())] })
    await tap('Bin in Sicherheit')
    await tap('Jetzt doch Hilfe nötig')
    expect((await ports.outbox.all()).at(-1)).toMatchObject({ payload: { response: { key: 'help' } } })
  })

  it('has one ink block and one filled answer on a screen, also with two panes', async () => {
    for (const wide of [false, true]) {
      const { screen } = await open({ wide, alerts: [alertEvent(sampleAlert()), alertEvent(second())] })
      expect(screen.findAll('.step')).toHaveLength(1)
      expect(screen.findAll('.answer.first')).toHaveLength(1)
      close()
    }
    close = () => {}
  })

  it('a call for help is never the filled answer, wherever it stands', async () => {
    const responses = sampleAlert().responses.toSorted((a) => (a.meaning === 'need_help' ? -1 : 1))
    const { screen } = await open({ alerts: [alertEvent(sampleAlert({ responses }))] })
    expect(screen.get('.answer.first').text()).toBe('Bin in Sicherheit')
    expect(screen.get('.answer.help').text()).toContain('Brauche Hilfe')
  })

  it('ALERT-6 says in which language the words are', async () => {
    const info = [{ lang: 'en', headline: 'Leave now', instruction: '', next_step: 'Go north.' }]
    const alerts = [alertEvent(sampleAlert({ info })), alertEvent(second())]
    const { screen } = await open({ language: 'en', alerts })
    expect(screen.get('.hero h2').attributes('lang')).toBe('en')
    expect(screen.get('.step .first').attributes('lang')).toBe('en')
    expect(screen.get('.row .title[lang=de]').text()).toBe('Zu Hause bleiben')
  })
})

describe('a drill on Lage', () => {
  const drill = sampleAlert({ status: 'Exercise', headline: 'Gebäude verlassen' })

  it('APP-8 bears its word, is only drawn, and says that nothing is open in earnest', async () => {
    const { screen } = await open({ alerts: [alertEvent(drill)] })
    expect(screen.get('.hero').classes()).toEqual(['hero', 'drill'])
    expect(screen.get('.band').text()).toContain('Übung · Extrem')
    expect(screen.get('.step').classes()).toContain('drill')
    expect(screen.text()).toContain('Keine Anweisung offen. Kommt eine')
    expect(screen.get('a[href="tel:112"]').text()).toContain('Echter Notfall?')
  })

  it('gives way to an earnest alert at once', async () => {
    const { screen } = await open({ alerts: [alertEvent(drill), alertEvent(second({ severity: 'Minor' }))] })
    expect(screen.get('.hero h2').text()).toBe('Zu Hause bleiben')
    expect(screen.get('.hero').classes()).toContain('Minor')
  })

  it('does not come back over an earnest alert that I have answered', async () => {
    const { screen, tap, router } = await open({ alerts: [alertEvent(drill), alertEvent(second())] })
    await tap('Bin in Sicherheit')
    expect(screen.get('.hero h2').text()).toBe('Zu Hause bleiben')
    // Not kept because I have just answered it, but also after a look elsewhere.
    await router.push('/readiness')
    await router.push('/')
    await settled()
    expect(screen.get('.hero h2').text()).toBe('Zu Hause bleiben')
  })
})

describe('a quiet day', () => {
  it('says so with its age, and READY-1 what is not ready', async () => {
    const { screen, ports } = await open({})
    await ports.projection.apply(batch, NOW)
    await settled()
    expect(screen.get('h1').text()).toBe('Alles ruhig.')
    expect(screen.text()).toContain('Dieses Gerät ist noch nicht bereit')
    expect(screen.text()).toContain('Ein Kontakt auf diesem Gerät')
    expect(screen.text()).toContain('Beide Standorte erreichbar')
    expect(screen.text()).toContain('Stand ')
  })

  it.each([
    ['there is no network', { up: false }, 'Kein Netz. Was seit'],
    ['no site answers', { up: false, relayed: true }, 'Kein Standort antwortet. Was seit'],
  ])('APP-19 says what is missing: %s', async (_, things, words) => {
    const { screen, ports } = await open(things)
    await ports.projection.apply(batch, NOW)
    await settled()
    expect(screen.get('.about').text()).toContain(words)
  })

  it('APP-2 claims no quiet before anything was ever loaded', async () => {
    const { screen } = await open({ up: false })
    expect(screen.get('h1').text()).toBe('Noch nichts geladen.')
    expect(screen.text()).not.toContain('Alles ruhig')
  })

  it('lists what has ended with how it ended', async () => {
    const ended = alertEvent(second({ rev: 1, msg_type: 'AllClear' }), NOW - 1000)
    const withdrawn = alertEvent(sampleAlert({ rev: 1, msg_type: 'Cancel' }), NOW - 2000)
    const { screen } = await open({ alerts: [alertEvent(second()), ended, withdrawn] })
    expect(screen.findAll('.row .detail').map((d) => d.text())).toEqual(
      expect.arrayContaining([expect.stringContaining('beendet'), expect.stringContaining('zurückgenommen')]),
    )
    expect(screen.find('.hero').exists()).toBe(false)
  })
})
