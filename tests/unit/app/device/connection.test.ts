// @vitest-environment happy-dom
/** Verbindung and the strip above it, in every situation that a device can be in (APP-4, DEVICE-1 to DEVICE-7). */
import { afterEach, describe, expect, it } from 'vitest'
import { remember, type Remembered } from '../../../../src/app/memory.ts'
import type { ClientId, PersonId } from '../../../../src/core/ids.ts'
import type { Delivery } from '../../../../src/core/outbox.ts'
import type { StoragePort, StorageState } from '../../../../src/core/ports.ts'
import { soundStorage } from '../../../fakes/ports.ts'
import { NOW, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { atSite, moved, openApp } from '../frame/open.ts'

let close = () => {}
afterEach(() => close())

const answers = (a: boolean | null, b: boolean | null) => ({ a: { up: a, since: NOW }, b: { up: b, since: NOW } })
const stored = (state: Partial<StorageState>, more: Partial<StoragePort> = {}): Partial<StoragePort> => ({
  ...more,
  state: () => ({ ...soundStorage.state(), ...state }),
})
type Things = Parameters<typeof openApp>[0] & { sessions?: Remembered<'sessions'>; offset?: number }

async function open({ sessions, offset, ...things }: Things = {}) {
  const app = await openApp({ path: '/connection', ...things })
  close = app.close
  if (sessions) await remember(app.ports.settings, 'sessions', sessions)
  if (offset) await remember(app.ports.settings, 'clock', { offset, at: NOW })
  await settled()
  const all = (selector: string) => app.screen.findAll(selector).map((e) => e.text().replace(/\s+/g, ' '))
  return {
    ...app,
    strip: () => app.screen.get('.strip .title').text(),
    sites: () => all('.site .state'),
    advice: () => app.screen.get('.block').text().replace(/\s+/g, ' '),
    /** What does not work, of the site's and of the device's list. */
    not: () => all('.content li').filter((line) => line.includes('Geht nicht:')),
  }
}

const holds = { holds: true, at: NOW }
const ended = { holds: false, at: NOW }
const locked = { ...ended, locked: true }

describe('APP-4, DEVICE-1 to DEVICE-7 strip and panel', () => {
  it.each<[string, Things, { strip: string; sites?: string[]; advice: string; not: string[] }]>([
    ['a quiet day', {}, { strip: 'Standort A', sites: ['aktiv', 'bereit'], advice: 'Nichts. Alles läuft.', not: [] }],
    [
      'looking',
      { status: { answers: {}, last: answers(true, true), sync: 'connecting' } },
      {
        strip: 'Verbindung wird gesucht',
        sites: ['aktiv', 'bereit'],
        advice: 'Die App sucht weiter',
        not: ['Dateien'],
      },
    ],
    [
      'no network, or one that is silent',
      { status: { answers: answers(false, false), sync: 'failing' } },
      {
        strip: 'Kein Netz',
        sites: ['nicht erreichbar', 'nicht erreichbar'],
        advice: 'geht von selbst hinaus, sobald Netz da ist',
        not: ['Dateien'],
      },
    ],
    [
      'no site answers, and a relay does',
      { status: { answers: answers(false, false), sync: 'failing', relayed: true } },
      {
        strip: 'Kein Standort antwortet',
        sites: ['antwortet nicht', 'antwortet nicht'],
        advice: 'Ihr Netz geht, aber kein Standort antwortet',
        not: ['Dateien'],
      },
    ],
    [
      'the site in use is silent',
      { status: { answers: answers(false, true), sync: 'failing' } },
      {
        strip: 'Standort A antwortet nicht',
        sites: ['antwortet nicht', 'bereit'],
        advice: 'prüft den anderen Standort',
        not: ['Dateien'],
      },
    ],
    [
      'the standby is silent',
      { status: { answers: answers(true, false) } },
      { strip: 'Standort A', sites: ['aktiv', 'antwortet nicht'], advice: 'Nichts. Alles läuft.', not: [] },
    ],
    [
      'moved',
      { alerts: [moved], status: { ...atSite('b'), answers: answers(false, true) } },
      {
        strip: 'Ausweichstandort Standort B',
        sites: ['antwortet nicht', 'aktiv'],
        advice: 'Die App hat schon gewechselt',
        not: ['Dateien bei Standort A erst nach der Rückschaltung'],
      },
    ],
    [
      'the standby no longer knows the session',
      { sessions: { a: holds, b: ended } },
      {
        strip: 'Standort A',
        sites: ['aktiv', 'Anmeldung abgelaufen'],
        advice: 'Melden Sie sich bei Standort B an.',
        not: [],
      },
    ],
    [
      'locked at the first site',
      { sessions: { a: locked, b: holds }, status: atSite('b') },
      {
        strip: 'Ausweichstandort Standort B',
        sites: ['Konto gesperrt', 'aktiv'],
        advice: 'Ihr Konto ist bei Standort A gesperrt. Fragen Sie Ihre IT',
        not: ['Dateien'],
      },
    ],
    [
      'no site lets this session in',
      { sessions: { a: ended, b: locked }, status: { sync: 'signed_out' } },
      {
        strip: 'Anmeldung abgelaufen',
        sites: ['Anmeldung abgelaufen', 'Konto gesperrt'],
        advice: 'Melden Sie sich bei Standort A an.',
        not: ['Dateien'],
      },
    ],
    [
      'the storage is full',
      { storage: stored({ full: true }) },
      {
        strip: 'Der Speicher ist voll',
        advice: 'Löschen Sie Fotos oder Videos',
        not: ['Schreiben und antworten das Gerät kann nichts speichern', 'Speicher voll'],
      },
    ],
    [
      'the storage is denied',
      { storage: stored({ memory: true }) },
      {
        strip: 'Dieses Fenster vergisst alles',
        advice: 'Lassen Sie dieses Fenster offen',
        not: ['Speicher vom Browser verboten'],
      },
    ],
    [
      'the storage is damaged',
      { storage: stored({ broken: ['outbox'] }) },
      {
        strip: 'Der Speicher ist gestört',
        advice: 'Ausgang neu anlegen',
        not: ['Schreiben und antworten das Gerät kann nichts speichern', 'Speicher gestört'],
      },
    ],
    [
      'the storage does not answer',
      { storage: stored({ silent: ['projection'] }) },
      {
        strip: 'Der Speicher antwortet nicht',
        advice: 'Schließen Sie die App ganz',
        not: ['Schreiben und antworten das Gerät kann nichts speichern', 'Speicher antwortet nicht'],
      },
    ],
    [
      'the outbox was emptied with something unsent in it',
      { storage: stored({ newOutbox: true }, { unsent: { read: () => 2, write: () => {} } }) },
      { strip: 'Ungesendetes ist verloren gegangen', advice: 'bis zu 2 Einträge können verloren sein', not: [] },
    ],
    [
      'the clock is wrong',
      { offset: -3 * 3600_000 },
      { strip: 'Die Uhr dieses Geräts geht falsch', advice: 'Stellen Sie die Uhr', not: ['Uhr geht falsch'] },
    ],
  ])('%s', async (_, things, expected) => {
    const app = await open(things)
    expect(app.strip()).toContain(expected.strip)
    expect(app.sites()).toEqual(expected.sites ?? ['aktiv', 'bereit'])
    expect(app.advice()).toContain(expected.advice)
    // Nobody has proven here that the device rings.
    const not = app.not().filter((line) => !line.includes('Klingeln'))
    expect(not).toEqual(expected.not.map((line) => expect.stringContaining(line) as string))
  })
})

/** Puts messages there that say their own id; returns what changes their delivery. */
async function inOutbox({ ports }: Awaited<ReturnType<typeof open>>, ids: string[]) {
  const draft = (client_id: string) => ({
    client_id: client_id as ClientId,
    person: 'anna' as PersonId,
    created: NOW,
    payload: {
      kind: 'event',
      room: TEAM!,
      type: 'm.room.message',
      content: { msgtype: 'm.text', body: client_id },
    } as const,
  })
  await ports.outbox.add(ids.map(draft))
  return (id: string, delivery: Delivery) => ports.outbox.change([id as ClientId], (item) => ({ ...item, delivery }))
}

const looking: Things = { status: { answers: {}, sync: 'connecting' } }
const offline: Things = { status: { answers: answers(false, false), sync: 'failing' } }
it.each([
  ['while all is well', {}, '2 werden gesendet', ', wird gesendet'],
  ['while nobody knows yet', looking, '2 werden gesendet', ', wird gesendet'],
  ['without a network', offline, '2 warten auf Verbindung', ', wartet auf Verbindung'],
])('OUT-22 the outbox says how much waits and why: %s', async (_, things, total, fresh) => {
  const app = await open(things)
  const become = await inOutbox(app, ['1', '2', '3', '4', '5'])
  await become('3', { state: 'refused', reason: 'forbidden', at: NOW })
  await become('4', { state: 'waiting', reason: 'signed_out', until: NOW })
  await become('5', { state: 'withdrawn', at: NOW })
  await settled()
  expect(app.screen.text()).toContain(`1 abgelehnt · 1 wartet auf Ihre Anmeldung · ${total} · 1 nicht gesendet`)
  expect(app.screen.findAll('.state').filter((state) => state.text().endsWith(fresh))).toHaveLength(2)
})

it('OUT-11 what was taken back goes out after all, if the person says so', async () => {
  const app = await open(looking)
  const become = await inOutbox(app, ['1'])
  await become('1', { state: 'withdrawn', at: NOW })
  await settled()
  const buttons = () => app.screen.findAll('.buttons button').map((b) => b.text().split(':')[0]!.trim())
  expect(buttons()).toEqual(['Doch senden', 'Verwerfen'])
  await app.screen.get('.buttons button').trigger('click')
  await settled()
  expect(buttons()).toEqual(['Nicht senden'])
})
