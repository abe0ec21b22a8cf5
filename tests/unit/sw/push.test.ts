import 'fake-indexeddb/auto'
import { beforeEach, expect, test } from 'vitest'
import { openInbox, type OpenInbox } from '../../../src/platform/inbox.ts'
import type { NoticeOptions } from '../../../src/core/notice.ts'
import { pushOfRoom } from '../../../src/core/push.ts'
import { ring } from '../../../src/sw/push.ts'
import { ALERT, alertText, ORIGIN, revision, testText } from './samples.ts'

interface Shown extends NoticeOptions {
  title: string
}
let shown: Shown[]
let inbox: OpenInbox
let count = 0
let rung: Map<string, number>
let now = 5_000
/** As browsers do (Notifications API, "create a notification", step 3). */
const show = async (title: string, options: NoticeOptions) => {
  if (options.silent && options.vibrate) throw new TypeError('silent with vibration')
  shown.push({ title, ...options })
}
const close = async (tag: string) => void (shown = shown.filter((one) => one.tag !== tag))
const bell = (actions = 2, open: string[] = []) => {
  return {
    origin: ORIGIN,
    actions,
    rung,
    now: () => now,
    show,
    close,
    inView: async (url: string) => open.includes(url),
    inbox,
  }
}

beforeEach(() => {
  shown = []
  rung = new Map()
  inbox = openInbox(() => 5_000, `push-${count++}`)
})

test('an alert is shown with its words, its place and its tag, and kept for the page', async () => {
  expect(await ring(alertText(), bell())).toEqual(revision())
  expect(shown).toEqual([
    {
      title: 'SCHWERWIEGEND · Gebäude Ruhrstraße räumen',
      body: 'Nächster Schritt: Zum Sammelplatz Hof B gehen.',
      lang: 'de',
      tag: ALERT,
      icon: '/icons/icon-192.png',
      badge: '/icons/badge-96.png',
      data: { navigate: `${ORIGIN}/alert/${ALERT}`, lang: 'de', revision: revision() },
      requireInteraction: true,
      renotify: true,
      vibrate: [400, 200, 400, 200, 400],
    },
  ])
  expect(await inbox.alerts()).toMatchObject([{ received_at: 5_000, revision: { content: { id: ALERT } } }])
})

test.each([
  { severity: 'Extreme', msg_type: 'Alert', stays: true },
  { severity: 'Severe', msg_type: 'Update', stays: true },
  { severity: 'Moderate', msg_type: 'Alert', stays: false },
  { severity: 'Minor', msg_type: 'Alert', stays: false },
  { severity: 'Extreme', msg_type: 'AllClear', stays: false },
  { severity: 'Extreme', msg_type: 'Cancel', stays: false },
] as const)('PUSH-15 $severity $msg_type stays on the screen: $stays', async ({ severity, msg_type, stays }) => {
  await ring(alertText({ severity, msg_type }), bell())
  expect(shown[0]?.requireInteraction).toBe(stays)
})

test('NOTICE-1 an alert that asks is shown with its answers, as many as the browser shows', async () => {
  const responses = [
    { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' as const },
    { key: 'ok', label: 'Verstanden', meaning: 'acknowledged' as const },
  ]
  for (const actions of [0, 1, 2]) await ring(alertText({ responses }), bell(actions))
  expect(shown.map((one) => one.actions?.map(({ title }) => title))).toEqual([
    undefined,
    ['Bin in Sicherheit'],
    ['Bin in Sicherheit', 'Verstanden'],
  ])
})

test('PUSH-9 a self-test is shown and its arrival kept', async () => {
  expect(await ring(testText(ALERT, 4_900), bell())).toBeNull()
  expect(shown[0]).toMatchObject({ title: 'Probealarm', tag: 'test', requireInteraction: false })
  expect(await inbox.lastTest()).toEqual({ id: ALERT, sent_at: 4_900, received_at: 5_000 })
})

test.each(['', 'no JSON', '{}', '{"web_push":8030}', '{"notification":{"title":""}}', 'null'])(
  'something is shown for the unreadable push %j',
  async (text) => {
    await ring(text, bell())
    expect(shown).toMatchObject([{ title: 'Neue Nachricht von Notanker', tag: 'notanker', data: { navigate: '/' } }])
  },
)

test('PUSH-10 the plain words of a push with unknown content are shown', async () => {
  const notification = { title: 'Krisenstab', body: 'Neue Nachricht', tag: 'room', navigate: `${ORIGIN}/rooms` }
  await ring(JSON.stringify({ web_push: 8030, notification, 'de.notanker': { v: 2, kind: 'room' } }), bell())
  expect(shown).toMatchObject([{ title: 'Krisenstab', body: 'Neue Nachricht', tag: 'room' }])
  expect(await inbox.alerts()).toEqual([])
})

test('PUSH-11 the notification comes before anything is written', async () => {
  const order: string[] = []
  await ring(alertText(), {
    ...bell(),
    show: async () => void order.push('shown'),
    inbox: { ...inbox, putAlert: (r) => (order.push('written'), inbox.putAlert(r)) },
  })
  expect(order).toEqual(['shown', 'written'])
})

test('an alert that cannot be shown is kept all the same, and the failure is not hidden', async () => {
  const refused = ring(alertText(), { ...bell(), show: () => Promise.reject(new Error('no permission')) })
  await expect(refused).rejects.toThrow('no permission')
  expect(await inbox.alerts()).toHaveLength(1)
})

test('PUSH-14 a late copy of an alert does not stand where its all-clear stood', async () => {
  await ring(alertText({ rev: 1, msg_type: 'AllClear', headline: 'Räumung beendet' }), bell())
  expect((await ring(alertText(), bell()))?.content.rev).toBe(1)
  expect(shown.at(-1)).toMatchObject({ title: 'ENTWARNUNG · Räumung beendet', tag: ALERT, renotify: false })
})

test('NOTICE-9 messages ring, but not for somebody who has the room before them', async () => {
  const [push, other] = [
    pushOfRoom(ORIGIN, { id: '!team', title: 'Referat 34' }, 'de'),
    pushOfRoom(ORIGIN, { id: '!stab', title: 'Krisenstab' }, 'de'),
  ]
  const sounds: unknown[] = []
  const heard = {
    ...bell(2, [push.notification.navigate]),
    show: (title: string, options: NoticeOptions) => show(title, (sounds.push(options.silent), options)),
  }
  await ring(JSON.stringify(push), heard)
  expect([sounds.splice(0), shown, await inbox.rooms()]).toEqual([[true], [], []])
  await ring(JSON.stringify(other), heard)
  expect(shown).toMatchObject([{ title: 'Krisenstab', tag: '!stab', renotify: true, requireInteraction: false }])
  await ring(JSON.stringify(push), { ...heard, inView: () => Promise.reject(new Error('no windows')) })
  expect(shown, 'in doubt it rings').toHaveLength(2)
  expect(sounds).toEqual([undefined, undefined])
  expect(await inbox.rooms()).toHaveLength(2)
})

test('PUSH-31 of two copies of an alert one makes a sound; a later round does, a revision at once', async () => {
  const quiet = () => shown.map(({ silent = false, renotify }) => [silent, renotify])
  await Promise.all([ring(alertText(), bell()), ring(alertText(), bell())])
  now += 29_999
  await ring(alertText(), bell())
  expect(quiet()).toEqual([
    [false, true],
    [true, false],
    [true, false],
  ])
  now += 60_000
  await ring(alertText(), bell())
  await ring(alertText({ rev: 1, headline: 'Sammelplatz verlegt' }), bell())
  expect(quiet().slice(3)).toEqual([
    [false, true],
    [false, true],
  ])
})
