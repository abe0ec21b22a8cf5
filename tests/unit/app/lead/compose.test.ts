// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { ALL } from '../../../fakes/agency.ts'
import { openLead } from './open.ts'

type Opened = Awaited<ReturnType<typeof openLead>>
const opened: Opened[] = []
const open = async (...things: Parameters<typeof openLead>) => {
  const screen = await openLead(...things)
  opened.push(screen)
  return screen
}
afterEach(() => opened.splice(0).forEach((o) => o.close()))

async function writeAll(c: Opened): Promise<void> {
  await c.tap('Extrem')
  await c.write('Überschrift', 'Gebäude Nord verlassen')
  await c.write('Nächster Schritt', 'Gehen Sie zum Sammelplatz.')
  await c.tap('Verstanden · Brauche Hilfe')
  await c.tap('Alle Beschäftigten')
}
const focused = () => document.activeElement

describe('writing an alert', () => {
  it('LEAD-1 begins with nothing picked: no severity, no answers, nobody', async () => {
    const c = await open({ path: '/lead/new' })
    const checked = c.screen.findAll('input').filter((i) => (i.element as HTMLInputElement).checked)
    expect(c.screen.findAll('input[name=severity]')).toHaveLength(4)
    expect(checked).toEqual([])
  })

  it('LEAD-1 names what is missing, one after the other, goes there, and sends nothing', async () => {
    const c = await open({ path: '/lead/new' })
    await c.tap('Prüfen')
    expect(c.screen.get('[role=alert]').text()).toBe('Es fehlt: Schwere')
    expect(focused()?.getAttribute('name')).toBe('severity')

    await c.tap('Extrem')
    await c.tap('Prüfen')
    expect(c.screen.get('[role=alert]').text()).toBe('Es fehlt: Überschrift')
    expect(focused()).toBe(c.field('Überschrift').element)
    expect(c.field('Überschrift').attributes('aria-invalid')).toBe('true')
    expect(c.screen.find('.hold').exists()).toBe(false)
  })

  it('LEAD-1 takes the person to a blank of the template and selects it', async () => {
    const c = await open({ path: '/lead/new?template=evacuation' })
    await c.tap('Alle Beschäftigten')
    await c.tap('Prüfen')
    const { selectionStart, selectionEnd, value } = c.field('Überschrift').element
    expect(focused()).toBe(c.field('Überschrift').element)
    expect(value.slice(selectionStart, selectionEnd)).toBe('‹Gebäude›')
    expect(c.text()).toContain('Füllen Sie die Lücke')
  })

  it('LEAD-1 says what is left of a text only when it gets short, and cuts nothing off', async () => {
    const c = await open({ path: '/lead/new' })
    await c.write('Überschrift', 'x'.repeat(90))
    expect(c.text()).not.toContain('Noch 30 Zeichen')
    await c.write('Überschrift', 'x'.repeat(105))
    expect(c.text()).toContain('Noch 15 Zeichen')
    await c.write('Überschrift', 'x'.repeat(125))
    expect(c.text()).toContain('5 Zeichen zu viel')
    expect(c.field('Überschrift').element.value).toHaveLength(125)
  })

  it('ANSWER-9 counts each person once', async () => {
    const c = await open({ path: '/lead/new' })
    expect(c.text()).toContain('3 Personen')
    expect(c.screen.get('.people').text()).toContain('0')
    await c.tap('Alle Beschäftigten')
    expect(c.screen.get('.people').text()).toContain('3')
  })
})

describe('the draft', () => {
  it('LEAD-2 is on the device while it is written, and there when the app is opened again', async () => {
    const c = await open({ path: '/lead/new' })
    await c.write('Überschrift', 'Gebäude Nord')
    await c.tap('Wichtig')
    expect(c.text()).toContain('Entwurf gespeichert')
    opened.splice(0).forEach((o) => o.close())

    const again = await open({ path: '/lead/new', ports: c.ports })
    expect(again.field('Überschrift').element.value).toBe('Gebäude Nord')
    expect((again.screen.get('input[value=Moderate]').element as HTMLInputElement).checked).toBe(true)
  })

  it('LEAD-2 writes the last word, however fast one follows the other', async () => {
    const c = await open({ path: '/lead/new' })
    await Promise.all(['G', 'Ge', 'Geb'].map((text) => c.field('Überschrift').setValue(text)))
    await c.write('Überschrift', 'Gebäude')
    expect(await c.ports.settings.get('draft')).toMatchObject({ draft: { headline: 'Gebäude' } })
  })

  it('LEAD-10 gives way to a template only on my word', async () => {
    const first = await open({ path: '/lead/new' })
    await first.write('Überschrift', 'Mein Text')
    const c = await open({ path: '/lead/new?template=phishing', ports: first.ports })
    expect(c.field('Überschrift').element.value).toBe('Mein Text')
    await c.tap('Vorlage nehmen')
    expect(c.field('Überschrift').element.value).toBe('Gefälschte E-Mails: nichts öffnen')
  })

  it('LEAD-10 comes back after it was discarded', async () => {
    const c = await open({ path: '/lead/new' })
    await c.write('Überschrift', 'Mein Text')
    await c.tap('Entwurf verwerfen')
    expect(c.field('Überschrift').element.value).toBe('')
    expect(await c.ports.settings.get('draft')).toBeUndefined()
    await c.tap('Wiederherstellen')
    expect(c.field('Überschrift').element.value).toBe('Mein Text')
  })

  it('LEAD-2 says so when the device does not take it', async () => {
    const c = await open({ path: '/lead/new' })
    c.ports.settings.set = () => Promise.reject(new Error('full'))
    await c.write('Überschrift', 'Gebäude')
    expect(c.text()).toContain('Entwurf nicht gespeichert')
  })
})

describe('checking and sending', () => {
  it('LEAD-4 shows the words of the push and the alert as the phone will', async () => {
    const c = await open({ path: '/lead/new' })
    await writeAll(c)
    await c.tap('Prüfen')
    expect(c.screen.get('.notification').text()).toBe(
      'EXTREM · Gebäude Nord verlassenNächster Schritt: Gehen Sie zum Sammelplatz.',
    )
    expect(c.screen.get('.phone').text()).toContain('Brauche Hilfe')
    expect(c.text()).toContain('Ernstfall, keine Übung')
  })

  it('LEAD-3 sends after holding for 1.5 s, not after less, and goes to the tally', async () => {
    const c = await open({ path: '/lead/new' })
    await writeAll(c)
    await c.tap('Prüfen')
    await c.hold(1400)
    expect(await c.sent()).toEqual([])
    await c.wait(10_000)
    await c.hold(1500)
    expect(await c.sent()).toMatchObject([
      { headline: 'Gebäude Nord verlassen', severity: 'Extreme', status: 'Actual', rev: 0, audience: { rooms: [ALL] } },
    ])
    const [alert] = await c.sent()
    expect(c.router.currentRoute.value).toMatchObject({ name: 'tally', params: { id: alert?.id } })
    expect(await c.ports.settings.get('draft')).toBeUndefined()
  })

  it('LEAD-3 sends with two clicks of a screen reader, a second apart', async () => {
    const c = await open({ path: '/lead/new' })
    await writeAll(c)
    await c.tap('Prüfen')
    await c.tap('Zum Senden halten')
    expect(c.screen.get('.hint[role=status]').text()).toContain('noch einmal tippen')
    await c.tap('Zum Senden halten')
    expect(await c.sent()).toEqual([])
    await c.wait(1000)
    await c.tap('Zum Senden halten')
    expect(await c.sent()).toHaveLength(1)
  })

  it('OUT-1 says that nothing is sent when the device cannot write it down, and keeps the draft', async () => {
    const c = await open({ path: '/lead/new' })
    await writeAll(c)
    await c.tap('Prüfen')
    c.ports.outbox.add = () => Promise.reject(new Error('full'))
    await c.hold(1500)
    expect(c.text()).toContain('Sie ist nicht gesendet')
    expect(c.router.currentRoute.value.name).toBe('compose')
    expect(await c.ports.settings.get('draft')).toMatchObject({ draft: { headline: 'Gebäude Nord verlassen' } })
  })

  it('LEAD-1 leaves the check when what is sent is no longer complete', async () => {
    const c = await open({ path: '/lead/new' })
    await writeAll(c)
    await c.tap('Prüfen')
    expect(c.screen.find('.hold').exists()).toBe(true)
    await c.write('Nächster Schritt', '')
    expect(c.screen.find('.hold').exists()).toBe(false)
  })

  it('LEAD-7 shows no form to whoever may not send', async () => {
    const c = await open({ path: '/lead/new', person: 'anna' })
    expect(c.text()).toContain('Anweisungen senden nur Personen aus dem Krisenstab')
    expect(c.screen.findAll('textarea, input, button')).toEqual([])
  })

  it('APP-5 has its templates in English too', async () => {
    const c = await open({ path: '/lead/new?template=evacuation', language: 'en' })
    expect(c.field('Headline').element.value).toBe('Leave ‹building› at once')
    expect(c.text()).toContain('I am safe')
  })
})
