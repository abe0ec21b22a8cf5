// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { TYPE } from '../../../../src/core/event.ts'
import { bot } from '../../../fakes/agency.ts'
import { alertEvent, event, HANDBOOK, NOW, room, sampleAlert, sampleRecords } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { openAt } from '../open-at.ts'

const handbook = HANDBOOK!
const sha256 = 'b'.repeat(64)
const card = (title: string, updated: string) => ({
  v: 1,
  title,
  scenario: 'Technik fällt aus',
  summary: '',
  version: 4,
  updated,
  bytes: 10,
  sha256,
  parts: 1,
})
const entries = [
  { role: 'Leitung Krisenstab', name: 'Jana Lindhorst', phones: ['030 23125 140'] },
  { role: 'Innerer Dienst', name: 'Deniz Aydemir', deputy_of: 'Leitung Krisenstab', phones: ['030 23125 118'] },
]
const records = (alerts = [alertEvent(sampleAlert({ playbook: 'strom' }))]) => [
  ...sampleRecords(alerts).filter(({ id }) => id !== handbook),
  room(
    handbook,
    'handbook',
    'Handbuch',
    ['anna'],
    [
      event(handbook, bot('a'), TYPE.playbook, card('Stromausfall', '2026-10-27'), { key: 'strom' }),
      event(handbook, bot('a'), TYPE.playbook, card('Bombendrohung', '2025-09-10'), { key: 'bombe' }),
      event(handbook, bot('a'), TYPE.contacts, { v: 1, title: 'Wer hilft jetzt', version: 1, entries }, { key: 'k' }),
    ],
  ),
]
const markdown = '## 1 Sofort\n\n- [ ] **Aufzüge prüfen** {#a}\n  - Rolle: Haustechnik\n'

type Opened = Awaited<ReturnType<typeof openAt>>
const opened: Opened[] = []
async function open(path: string, more: Parameters<typeof openAt>[0] = {}) {
  const screen = await openAt({ records: records(), path, ...more })
  opened.push(screen)
  return screen
}
afterEach(() => opened.splice(0).forEach((o) => o.close()))
const list = (o: Opened) => o.screen.get('.list')

describe('list of plans', () => {
  it('has the plan of a running alert on top, marks a drill, and shows none in quiet times', async () => {
    const alarm = await open('/handbook')
    expect(list(alarm).get('.running').text()).toContain('Zur laufenden Anweisung')
    expect(list(alarm).get('.running').text()).toContain('Stromausfall')
    expect(list(alarm).get('.running').attributes('href')).toBe('/handbook/strom')
    const drill = await open('/handbook', {
      records: records([alertEvent(sampleAlert({ playbook: 'strom', status: 'Exercise' }))]),
    })
    expect(list(drill).get('.running').text()).toContain('Zur laufenden Übung')
    const quiet = await open('/handbook', { records: records([]) })
    expect(list(quiet).find('.running').exists()).toBe(false)
  })

  it('BOOK-4 APP-6 says in words what is outdated and what is on board', async () => {
    const o = await open('/handbook')
    const rows = () =>
      list(o)
        .findAll('.row')
        .map((r) => r.text())
    expect(rows()[0]).toMatch(
      /Bombendrohung.*veraltet · Version 4 · geprüft vor 14 Monaten.*Noch nicht auf diesem Gerät/s,
    )
    expect(rows()[1]).toMatch(/Version 4 · geprüft vor 4 Wochen.*Noch nicht auf diesem Gerät/s)
    expect(list(o).text()).toContain('0 von 2 Plänen auf diesem Gerät')
    await o.ports.projection.putBody('strom', { version: 4, sha256, markdown })
    await settled()
    expect(rows()[1]).not.toContain('Noch nicht')
    expect(list(o).text()).toContain('1 von 2 Plänen auf diesem Gerät')
  })

  it('BOOK-8 searches titles, texts on board and contacts, and says what it could not look through', async () => {
    const o = await open('/handbook')
    await o.ports.projection.putBody('strom', { version: 4, sha256, markdown })
    await settled()
    const ask = async (query: string) => {
      await list(o).get('input').setValue(query)
      await settled()
    }
    await ask('aufzuege')
    expect(list(o).findAll('.row')).toHaveLength(1)
    expect(list(o).get('.row').text()).toContain('Aufzüge prüfen')
    expect(list(o).text()).toContain('1 Plan ist noch nicht auf diesem Gerät.')
    expect(list(o).get('[role=status]').text()).toBe('ein Treffer')
    await ask('lindhorst')
    expect(list(o).findAll('.contact')).toHaveLength(1)
    await ask('xyz')
    expect(list(o).text()).toContain('Nichts gefunden zu „xyz“.')
    await ask('')
    expect(list(o).findAll('.row')).toHaveLength(2)
  })
})

describe('a plan', () => {
  it('BOOK-2 says that its text is not here, and shows it when it comes', async () => {
    const o = await open('/handbook/strom')
    const page = () => o.screen.get('.playbook').text()
    expect(page()).toContain('Der Text ist noch nicht auf diesem Gerät.')
    await o.ports.projection.putBody('strom', { version: 4, sha256, markdown })
    await settled()
    expect(page()).toContain('Aufzüge prüfen')
    expect(page()).toContain('Version 4 · geprüft 27.10.2026 · auf diesem Gerät')
  })

  it('BOOK-2 keeps an older text readable and says that it is older', async () => {
    const o = await open('/handbook/strom')
    await o.ports.projection.putBody('strom', { version: 3, sha256: 'c'.repeat(64), markdown: 'Alter Text' })
    await settled()
    expect(o.screen.get('.playbook').text()).toContain('Alter Text')
    expect(o.screen.get('.playbook').text()).toContain('ältere Fassung auf diesem Gerät')
  })

  it('that was taken back says so', async () => {
    const o = await open('/handbook/nichts')
    expect(o.screen.get('.playbook').text()).toContain('Diesen Plan gibt es nicht mehr.')
  })
})

describe('contacts', () => {
  it('has the emergency call, roles with their deputies, and a search', async () => {
    const o = await open('/handbook/contacts')
    const page = o.screen.get('.contacts')
    expect(page.get('.emergency a').attributes('href')).toBe('tel:112')
    expect(page.findAll('.role').map((r) => r.text())).toEqual(['Leitung Krisenstab', 'Innerer Dienst'])
    expect(page.get('.contact').text()).toContain('Vertretung: Deniz Aydemir')
    await page.get('input').setValue('118')
    expect(page.findAll('.role').map((r) => r.text())).toEqual(['Innerer Dienst'])
  })
})

it('APP-2 says how old the lists are', async () => {
  const o = await open('/handbook/contacts')
  await o.ports.projection.apply(
    { account: '@anna:a.example', next_batch: 's', initial: false, rooms: [], left: [] },
    NOW,
  )
  await settled()
  expect(o.screen.get('.contacts').text()).toMatch(/Stand \d\d:\d\d/)
})
