// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { ALERT_ID, ALL } from '../../../fakes/agency.ts'
import { alertEvent, event, NOW, room, sampleAlert, sampleRecords } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { openAt, said, team } from '../open-at.ts'

const MINUTE = 60_000
type Opened = Awaited<ReturnType<typeof openAt>>
const opened: Opened[] = []
const open = async (...things: Parameters<typeof openAt>) => {
  const screen = await openAt(...things)
  opened.push(screen)
  return screen
}
afterEach(() => opened.splice(0).forEach((o) => o.close()))

describe('a room', () => {
  it('ROOM-7 shows what I say from the moment it is saved, and what becomes of it', async () => {
    const r = await open()
    await r.write('212 Personen gezählt.')
    await r.send()
    expect(r.messages()).toEqual([expect.stringContaining('212 Personen gezählt.')])
    expect(r.messages()[0]).toContain('Gespeichert')
    expect(await r.ports.outbox.all()).toMatchObject([
      { payload: { room: team, content: { body: '212 Personen gezählt.' } } },
    ])

    await r.deliver({ type: 'started' })
    expect(r.messages()[0]).toContain('Unterwegs')
    await r.deliver({ type: 'failed', failure: { fate: 'wait', reason: 'network' } })
    expect(r.messages()[0]).toContain('Gespeichert, wartet auf Verbindung')
    await r.deliver({ type: 'started' }, { type: 'taken', site: 'a', event_id: '$x' })
    expect(r.messages()[0]).toContain('Zugestellt')
  })

  it('OUT-4 keeps a refused message with its reason until I decide', async () => {
    const r = await open()
    await r.write('Bericht')
    await r.send()
    await r.deliver({ type: 'started' }, { type: 'failed', failure: { fate: 'refuse', reason: 'too_large' } })
    expect(r.messages()[0]).toContain('Abgelehnt: zu lang für eine Nachricht')

    const button = (label: string) => r.screen.findAll('.message button').find((b) => b.text() === label)
    // The same words will never be short enough.
    expect(button('Erneut senden')).toBeUndefined()
    await button('Ändern')!.trigger('click')
    await r.sheet('Text kopieren')
    expect(await navigator.clipboard.readText()).toBe('Bericht')
    expect(r.screen.get('dialog').text()).toContain('Kopiert.')
    await r.sheet('Text ändern')
    await r.screen.get('dialog textarea').setValue('Kurz')
    await r.screen.get('dialog form').trigger('submit')
    await settled()
    expect((await r.ports.outbox.all())[0]).toMatchObject({
      delivery: { state: 'saved' },
      payload: { content: { body: 'Kurz' } },
    })

    await r.deliver({ type: 'started' }, { type: 'failed', failure: { fate: 'refuse', reason: 'forbidden' } })
    await button('Erneut senden')!.trigger('click')
    await settled()
    expect((await r.ports.outbox.all())[0]?.delivery.state).toBe('saved')

    await r.deliver({ type: 'started' }, { type: 'failed', failure: { fate: 'refuse', reason: 'forbidden' } })
    // What was written is not gone by one tap.
    await button('Verwerfen')!.trigger('click')
    await r.sheet('Behalten')
    expect(r.messages()).toHaveLength(1)
    await button('Verwerfen')!.trigger('click')
    await r.sheet('Löschen')
    await settled()
    expect(r.messages()).toEqual([])
    expect(await r.ports.outbox.all()).toEqual([])
  })

  it('OUT-20 changes and takes back what waits, and lets me send it after all', async () => {
    const r = await open({ up: false })
    await r.write('Tor 2 ist offen.')
    await r.send()
    await r.screen.get('.message button').trigger('click')
    expect(r.screen.get('dialog').text()).toContain('Niemand hat sie gelesen.')
    await r.sheet('Text ändern')
    expect(r.screen.get('dialog textarea').element).toHaveProperty('value', 'Tor 2 ist offen.')
    await r.screen.get('dialog textarea').setValue('Tor 3 ist offen.')
    await r.screen.get('dialog form').trigger('submit')
    await settled()
    expect(r.screen.find('dialog').exists()).toBe(false)
    expect(r.messages()).toEqual([expect.stringContaining('Tor 3 ist offen.')])

    await r.screen.get('.message button').trigger('click')
    await r.sheet('Nicht senden')
    expect(r.screen.get('.message').attributes('data-state')).toBe('withdrawn')
    await r.screen
      .findAll('.message button')
      .find((b) => b.text() === 'Doch senden')!
      .trigger('click')
    await settled()
    expect(await r.ports.outbox.all()).toMatchObject([{ delivery: { state: 'saved' } }])
  })

  it('OUT-3 says that a message waits for the one before it, and not once that is gone', async () => {
    const r = await open({ up: false })
    for (const text of ['Eins.', 'Zwei.']) {
      await r.write(text)
      await r.send()
    }
    expect(r.messages()[0]).not.toContain('davor')
    expect(r.messages()[1]).toContain('Gespeichert, wartet auf die Nachricht davor')
    const [first] = await r.ports.outbox.all()
    await r.ports.outbox.change([first!.client_id], () => null)
    await settled()
    expect(r.messages()).toEqual([expect.not.stringContaining('davor')])
  })

  it('OUT-20 says of what may have arrived that its words stay', async () => {
    const r = await open()
    await r.write('Tor 2 ist offen.')
    await r.send()
    await r.deliver({ type: 'started', site: 'a' }, { type: 'failed', failure: { fate: 'wait', reason: 'network' } })
    await r.screen.get('.message button').trigger('click')
    const sheet = r.screen.get('dialog')
    expect(sheet.text()).toContain('vielleicht schon angekommen')
    expect(sheet.findAll('footer button').map((b) => b.text())).toEqual(['Jetzt senden', 'Nicht weiter senden'])
  })

  it('OUT-20 changes nothing that went out while I was writing, and offers my words as a new message', async () => {
    const r = await open()
    await r.write('Tor 2 ist offen.')
    await r.send()
    await r.screen.get('.message button').trigger('click')
    await r.sheet('Text ändern')
    await r.screen.get('dialog textarea').setValue('Tor 3 ist offen.')
    await r.deliver({ type: 'started', site: 'a' })
    expect(r.screen.get('dialog').text()).toContain('inzwischen unterwegs')
    expect(r.screen.get('dialog footer button').text()).toBe('Als neue Nachricht senden')
    await r.screen.get('dialog form').trigger('submit')
    await settled()
    const bodies = (await r.ports.outbox.all()).map(
      ({ payload }) => payload.kind === 'event' && payload.content['body'],
    )
    expect(bodies).toEqual(['Tor 2 ist offen.', 'Tor 3 ist offen.'])
  })

  it('OUT-22, APP-19 says what is in the way of what nobody has tried to send yet, also that it is the sites', async () => {
    const r = await open({ up: false, relayed: true })
    await r.write('Tor 2 ist offen.')
    await r.send()
    expect(r.messages()[0]).toContain('Gespeichert, Standort antwortet nicht')
    expect(r.screen.get('form').text()).toContain('Kein Standort antwortet. Wird gesendet, sobald einer antwortet.')
  })

  it('APP-3 is written in without network, and says so', async () => {
    const r = await open({ up: false })
    expect(r.screen.get('form').text()).toContain('Wird gesendet, sobald Netz da ist')
    await r.write('Tor 2 ist offen.')
    await r.send()
    expect(r.messages()).toHaveLength(1)
  })

  it('OUT-1 keeps the text in the field when the device cannot save it', async () => {
    const r = await open()
    const add = r.ports.outbox.add
    r.ports.outbox.add = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
    await r.write('Wichtig')
    await r.send()
    expect(r.screen.get('[role=alert]').text()).toContain('konnte die Nachricht nicht speichern')
    expect(r.screen.get('textarea').element.value).toBe('Wichtig')
    r.ports.outbox.add = add
    await r.send()
    expect(r.screen.get('textarea').element.value).toBe('')
    expect(r.screen.find('[role=alert]').exists()).toBe(false)
  })

  it('ROOM-11 keeps what I have begun to write while I am elsewhere, and forgets it when it is said', async () => {
    const r = await open()
    await r.write('Noch nicht fertig')
    r.screen.unmount()
    const again = await open({ ports: r.ports })
    expect(again.screen.get('textarea').element.value).toBe('Noch nicht fertig')
    await again.send()
    again.screen.unmount()
    const third = await open({ ports: r.ports })
    expect(third.screen.get('textarea').element.value).toBe('')
  })

  it('ROOM-12 counts as read when its newest message is on the screen', async () => {
    const talk = [said('@ben:a.example', 'Wir sind vollzählig.', NOW - 5 * MINUTE)]
    const list = await open({ path: '/rooms', records: sampleRecords([], talk) })
    expect(list.screen.text()).toContain('1 ungelesen')
    const r = await open({ ports: list.ports })
    expect(r.messages()[0]).toContain('Ben Carlsen')
    expect((await r.ports.projection.readUpTo()).get(team)).toBeGreaterThanOrEqual(NOW - 5 * MINUTE)
    expect(list.screen.text()).not.toContain('ungelesen')
  })

  it('SYNC-15 brings older messages by itself as far as the device has them, and says where that ends', async () => {
    const talk = Array.from({ length: 120 }, (_, i) => said('@ben:a.example', `Meldung ${i}`, NOW - (200 - i) * MINUTE))
    const list = await open({ path: '/rooms', records: sampleRecords([], talk) })
    expect(list.screen.text()).toContain('50+ ungelesen')
    // Nothing has a height here, so the oldest line is always in sight.
    const r = await open({ ports: list.ports })
    await settled()
    expect(r.messages()).toHaveLength(120)
    expect(r.screen.get('[role=log]').text()).toMatch(/^Älteres ist nicht auf diesem Gerät\..*Meldung 0/s)
  })

  it('APP-2 says how old it is', async () => {
    const r = await open()
    expect(r.screen.get('.room-head').text()).toContain('Noch nichts geladen')
    await r.ports.projection.apply(
      { account: '@anna:a.example', next_batch: 's', initial: false, rooms: [], left: [] },
      NOW,
    )
    await settled()
    expect(r.screen.get('.room-head').text()).toContain('Stand')
  })

  it('ROOM-9 shows the switch of the site, and from then on the site that took a message', async () => {
    const move = { v: 1, site: 'b', from: 'a', since: NOW - 10 * MINUTE, by: 'monitor' }
    const switched = event(ALL, '@bot:b.example', 'de.notanker.active_site', move, { at: NOW - 10 * MINUTE })
    const talk = [
      said('@anna:a.example', 'vorher', NOW - 20 * MINUTE),
      said('@anna:b.example', 'nachher', NOW - 5 * MINUTE),
    ]
    const r = await open({ records: sampleRecords([switched], talk) })
    expect(r.screen.get('[role=log]').text()).toMatch(/vorher.*Umschaltung auf Standort B.*nachher/s)
    const [before, after] = r.messages()
    expect(before).not.toContain('über')
    expect(after).toContain('über Standort B')
  })

  it('ROOM-10 says that a team room is not encrypted', async () => {
    const r = await open()
    expect(r.screen.get('.room-head').text()).toContain('nicht verschlüsselt')
  })

  it('ROOM-8 ROOM-10 shows an encrypted room as unreadable, offers no field and says why', async () => {
    const secret = room(
      team,
      'team',
      'Personalrat',
      ['anna', 'ben'],
      [
        event(team, '@bot:a.example', 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, { key: '' }),
        event(team, '@ben:a.example', 'm.room.encrypted', { ciphertext: 'x' }, { at: NOW - MINUTE }),
      ],
    )
    const r = await open({ records: [...sampleRecords().filter(({ id }) => id !== team), secret] })
    expect(r.messages()).toEqual([expect.stringContaining('verschlüsselt, hier noch nicht lesbar')])
    expect(r.screen.find('textarea').exists()).toBe(false)
    expect(r.screen.text()).toContain('Die App kann hier noch nicht lesen und schreiben')
  })

  it('ROOM-10 links from an alert room to the alert, and offers no field there', async () => {
    const path = `/rooms/${encodeURIComponent(ALL)}`
    const records = sampleRecords([alertEvent(sampleAlert())])
    const r = await open({ path, records })
    expect(r.screen.get('.message a').attributes('href')).toBe(`/alert/${ALERT_ID}`)
    expect(r.screen.find('textarea').exists()).toBe(false)
    expect(r.screen.text()).toContain('Antworten Sie an der Anweisung selbst.')
    r.close()
    opened.pop()
    const chief = await open({ path, records, person: 'chief' })
    expect(chief.screen.find('textarea').exists()).toBe(false)
    expect(chief.screen.get('.closed a').attributes('href')).toBe('/lead')
  })

  it('OUT-1 keeps what I write while a message is being saved', async () => {
    const r = await open()
    await r.write('Eins.')
    const sent = r.send()
    await r.screen.get('textarea').setValue('Eins. Zwei')
    await sent
    expect(r.messages()).toEqual([expect.stringContaining('Eins.')])
    expect(r.screen.get('textarea').element.value).toBe('Zwei')
  })

  it('APP-7 ALERT-10 links an address as it stands, and nothing that turns it round', async () => {
    const text = 'Plan: https://a.example/x\u202egpj.exe und https://b.example/y.'
    const r = await open({ records: sampleRecords([], [said('@ben:a.example', text, NOW)]) })
    expect(r.screen.findAll('.message a').map((a) => [a.text(), a.attributes('href')])).toEqual([
      ['https://a.example/x', 'https://a.example/x'],
      ['https://b.example/y', 'https://b.example/y'],
    ])
  })

  it('APP-7 shows what others write as text', async () => {
    const r = await open({ records: sampleRecords([], [said('@ben:a.example', '<img src=x onerror=alert(1)>', NOW)]) })
    expect(r.screen.findAll('.message img')).toEqual([])
    expect(r.messages()[0]).toContain('<img src=x onerror=alert(1)>')
  })
})
