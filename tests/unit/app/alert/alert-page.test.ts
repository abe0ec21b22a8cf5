// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { ALERT_ID } from '../../../fakes/agency.ts'
import { alertEvent, NOW, sampleAlert, sampleDeployment } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { batch } from '../frame/open.ts'
import { openLage } from './open.ts'

const path = `/alert/${ALERT_ID}`
let close = () => {}
const open = async (things: Parameters<typeof openLage>[0] = {}) => {
  const lage = await openLage({ path, alerts: [alertEvent(sampleAlert())], ...things })
  close = lage.close
  return lage
}
afterEach(() => close())

describe('the page of an alert', () => {
  it('starts a screen reader at its headline', async () => {
    const { screen } = await open()
    expect(document.activeElement).toBe(screen.get('.head h1').element)
  })

  it('has what is new on top, says it once, and its course newest first', async () => {
    const before = sampleAlert({ instruction: 'Rauch im Keller.' })
    const after = sampleAlert({ rev: 1, msg_type: 'Update', instruction: 'Ausgang gesperrt. Rauch im Keller.' })
    const { screen } = await open({ alerts: [alertEvent(before), alertEvent(after, NOW - 1000)] })
    expect(screen.get('.news').text()).toContain('Ausgang gesperrt.')
    expect(screen.get('.instruction').text()).toBe('Rauch im Keller.')
    expect(screen.findAll('.history .title').map((p) => p.text())).toEqual([
      'Aktualisierung 1',
      'Anweisung gesendet von Jana Lindhorst',
    ])
  })

  it('ALERT-5 what has ended says so, and what was withdrawn or has expired asks nothing', async () => {
    const words = { AllClear: 'Entwarnung', Cancel: 'Zurückgenommen' } as const
    for (const [msg_type, word] of Object.entries(words)) {
      const end = sampleAlert({ rev: 1, msg_type: msg_type as keyof typeof words, responses: [] })
      const { screen } = await open({ alerts: [alertEvent(sampleAlert()), alertEvent(end, NOW - 1000)] })
      expect(screen.get('.severity').text()).toBe(word)
      expect(screen.find('.answers').exists()).toBe(false)
      close()
    }
    const { screen } = await open({ alerts: [alertEvent(sampleAlert({ expires: NOW - 1000 }))] })
    expect(screen.get('.severity').text()).toBe('Abgelaufen')
    expect(screen.find('.answers').exists()).toBe(false)
    expect(screen.get('.step').classes()).toContain('over')
  })

  it('an all-clear asks its own question, whatever I had answered before', async () => {
    const { tap, ports, router } = await open()
    await tap('Bin in Sicherheit')
    const end = sampleAlert({
      rev: 1,
      msg_type: 'AllClear',
      responses: [{ key: 'ack', label: 'Verstanden', meaning: 'acknowledged' }],
    })
    const event = alertEvent(end, NOW - 1000)
    await ports.projection.add(event.room_id, { timeline: [event] })
    await router.push('/')
    await router.push(path)
    await tap('Verstanden')
    expect((await ports.outbox.all()).at(-1)).toMatchObject({ payload: { response: { key: 'ack' } } })
  })

  it('a note can go with a call for help, or follow it', async () => {
    const { screen, tap, ports } = await open()
    const last = async () => (await ports.outbox.all()).at(-1)
    await tap('Notiz zur Hilfe')
    await screen.get('textarea').setValue(' 3. OG ')
    await tap('Brauche Hilfe')
    expect(await last()).toMatchObject({ payload: { response: { key: 'help', note: '3. OG' } } })
    expect(screen.text()).toContain('Ihre Notiz: 3. OG')
    await tap('Schreiben, welche Hilfe Sie brauchen')
    await screen.get('textarea').setValue('Bein gebrochen')
    await screen.get('form').trigger('submit')
    await tap('Antwort ändern')
    expect(await last()).toMatchObject({ payload: { response: { key: 'help', note: 'Bein gebrochen' } } })
  })

  it('OUT-11 only the person takes a refused answer up again', async () => {
    const { screen, tap, deliver, ports } = await open()
    await tap('Bin in Sicherheit')
    await deliver({ type: 'failed', failure: { fate: 'refuse', reason: 'unknown_alert' } })
    expect(screen.get('.chain').text()).toContain('Abgelehnt')
    expect(screen.text()).toContain('Der Standort kennt diese Anweisung nicht.')
    expect(screen.get('a.call').attributes('href')).toBe('tel:03023125100')
    await tap('Noch einmal senden')
    expect(await ports.outbox.all()).toMatchObject([{ delivery: { state: 'saved' } }])
  })

  it('OUT-1 an answer that could not be written down is not shown as given', async () => {
    const { screen, tap, ports } = await open()
    ports.outbox.add = () => Promise.reject(new Error('disk'))
    await tap('Bin in Sicherheit')
    expect(screen.get('[role=alert]').text()).toContain('konnte auf diesem Gerät nicht gespeichert werden')
    expect(screen.find('.chain').exists()).toBe(false)
  })

  it('APP-2 says how old what it shows is', async () => {
    const { screen, ports } = await open()
    expect(screen.get('.page .stand').text()).toBe('Noch nichts geladen')
    await ports.projection.apply(batch, NOW)
    await settled()
    expect(screen.get('.page .stand').text()).toMatch(/^Stand \d\d:\d\d$/)
  })

  it('APP-3 reads the same without a network, says that nothing has to be done, and whom to call', async () => {
    const { screen, tap } = await open({ up: false })
    expect(screen.text()).toContain('Sie können trotzdem antworten')
    await tap('Bin in Sicherheit')
    expect(screen.text()).toContain('Sie müssen nichts tun')
    expect(screen.get('a.call').text()).toContain('Pforte')
  })

  it('APP-19 says that it is the sites where it is, and sends nobody to the telephone who has answered', async () => {
    const { screen, tap } = await open({ up: false, relayed: true })
    expect(screen.text()).toContain('Kein Standort antwortet. Sie können trotzdem antworten.')
    await tap('Bin in Sicherheit')
    expect(screen.text()).toContain('Kein Standort antwortet. Sie müssen nichts tun.')
    expect(screen.text()).toContain('Wenn es eilt, rufen Sie an:')
    expect(screen.text()).not.toContain('Netz')
  })

  it('ALERT-10 nothing in it is HTML, and a number can be called', async () => {
    const instruction = '<b>Rauch</b>. Rufen Sie 0221 4710 250 an.'
    const { screen } = await open({ alerts: [alertEvent(sampleAlert({ instruction }))] })
    expect(screen.get('.instruction').text()).toBe(instruction)
    expect(screen.find('.instruction b').exists()).toBe(false)
    expect(screen.get('.instruction a').attributes('href')).toBe('tel:02214710250')
  })
})

describe('a failover alert', () => {
  const failover = sampleAlert({
    kind: 'failover',
    responses: [],
    site: { from: 'a', to: 'b', incident: '0198cccc-0000-7000-8000-000000000001' },
  })

  it('names both sites, and leads to the workplace only where there is one', async () => {
    const deployment = sampleDeployment()
    const { screen } = await open({ alerts: [alertEvent(failover)], deployment })
    expect(screen.text()).toContain('von Standort A nach Standort B')
    expect(screen.find('a[href^="https"]').exists()).toBe(false)
    close()
    const sites = deployment.sites.map((s) => (s.id === 'b' ? { ...s, workplace: 'https://desk.b.example' } : s))
    const there = await open({ alerts: [alertEvent(failover)], deployment: { ...deployment, sites } })
    expect(there.screen.get('a[href^="https"]').text()).toContain('Notfallarbeitsplatz öffnen')
  })
})

it('an unknown address says that the alert is not here yet, and leads back', async () => {
  const { screen } = await open({ path: '/alert/unknown' })
  expect(screen.text()).toContain('Diese Anweisung ist noch nicht auf diesem Gerät.')
  expect(screen.get('a.back').attributes('href')).toBe('/')
})
