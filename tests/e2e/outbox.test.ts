/** What waits and what was refused, in the hands of the person: changed, taken back, sent again, thrown away. What counts is what the homeservers hold. */
import { afterAll, beforeAll, beforeEach, expect, test, type TestContext } from 'vitest'
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import type { AppPage } from '../support/app-page.ts'
import { evidenceAfter, launchChromium, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { readyDevice, roomOf, SAID, TEAM } from '../support/ready-device.ts'
import { botOf, bodiesOf, logIn } from '../support/rest.ts'
import { rowsOn } from '../support/storage.ts'
import { waitFor } from '../support/wait.ts'

const [MANAGER, STAFF] = ['d.aydemir', 's.baumann']

let crisis: Crisis
let chromium: TestBrowser
let staff: AppPage
/** Somebody else, at each site. */
let readers: Homeserver[]
beforeAll(async () => {
  crisis = await startCrisis({ failover: { mode: 'confirm' } })
  chromium = await launchChromium()
  staff = await readyDevice(crisis, chromium)
  const { sites } = crisis.deployment.describe()
  readers = await Promise.all(sites.map((site) => logIn(site, MANAGER, crisis.password(MANAGER))))
})
afterAll(async () => {
  await chromium?.close()
  await crisis?.stop()
})

const team = () => roomOf(crisis, TEAM)
const offline = (off: boolean) => staff.page.setOfflineMode(off)
async function say(words: string) {
  await staff.fill('Nachricht an', words)
  await staff.tap('Senden')
  await staff.see(words)
}
/** What the room holds at every site since a text, once it ends with `last` everywhere. */
async function saidSince(text: string, last: string): Promise<string[][]> {
  const since = async (reader: Homeserver) => {
    const bodies = await bodiesOf(reader, team())
    return bodies.slice(bodies.indexOf(text) + 1)
  }
  for (const [i, reader] of readers.entries())
    await waitFor(`“${last}” at site ${i}`, async () => (await since(reader)).includes(last))
  return Promise.all(readers.map(since))
}
const everywhere = (...bodies: string[]) => readers.map(() => bodies)
const stateOf = (words: string) =>
  staff.page.evaluate(
    (text) =>
      [...document.querySelectorAll<HTMLElement>('[data-item]')].find((item) => item.innerText.includes(text))?.dataset[
        'state'
      ],
    words,
  )
const becomes = (words: string, state: string) =>
  waitFor(`“${words}” to be ${state}`, async () => (await stateOf(words)) === state)
const kept = async () =>
  ((await rowsOn(staff.page))['notanker-outbox/items'] ?? []).map(({ value }) => value as OutboxItem)

beforeEach(async (context: TestContext) => {
  evidenceAfter(context, chromium)
  await offline(false)
  await staff.go(`/rooms/${encodeURIComponent(team())}`)
  await staff.see(SAID)
})

test('OUT-1, OUT-3, OUT-20 three lines without a network, one changed, one taken back: the sites hold the two, in order, once', async () => {
  const [first, second, third] = ['Hof: Zufahrt frei machen', 'Keller: Wasser im Gang', 'Dach: Luke steht offen']
  const changed = 'Keller: Wasser im Gang, Pumpe läuft'
  await offline(true)
  for (const words of [first, second, third]) await say(words)
  await staff.tap('Ändern', second)
  await staff.see('Niemand hat sie gelesen.')
  await staff.tap('Text ändern')
  await staff.page.$eval('dialog textarea', (area) => (area as HTMLTextAreaElement).select())
  await staff.fill('Ihr Text', changed)
  await staff.tap('Speichern')
  await staff.see(changed)
  await staff.tap('Ändern', third)
  await staff.tap('Nicht senden')
  await becomes(third, 'withdrawn')

  // It is on the disk like that.
  await staff.page.reload()
  await staff.see(changed)
  await becomes(third, 'withdrawn')
  expect(await stateOf(first)).toMatch(/saved|waiting/)

  await offline(false)
  await becomes(changed, 'taken')
  const last = 'Wieder Netz im Pförtnerhaus'
  await say(last)
  expect(await saidSince(SAID, last)).toEqual(everywhere(first, changed, last))
  expect(await stateOf(third)).toBe('withdrawn')

  await staff.tap('Doch senden', third)
  expect(await saidSince(last, third)).toEqual(everywhere(third))
  await staff.go('/connection')
  await staff.see('Alles gesendet')
})

test('OUT-23 what waits is deleted from the outbox only after a second word, and never arrives', async () => {
  const [gone, stays] = ['Irrtum: Halle 4 brennt', 'Halle 4: nur eine Übung']
  await staff.seeNot('Kein Netz')
  await offline(true)
  // Else it may have tried: then nobody can say that it has not arrived.
  await staff.see('Kein Netz')
  await say(gone)
  await say(stays)
  await staff.go('/connection')
  await staff.tap('Nicht senden', gone)
  await staff.see('Niemand wird ihn lesen.')
  await staff.tap('Behalten')
  await staff.see(gone)
  await staff.tap('Nicht senden', gone)
  await staff.tap('Löschen')
  await staff.seeNot(gone)
  await staff.see(stays)
  await offline(false)
  await saidSince(SAID, stays)
  for (const reader of readers) expect(await bodiesOf(reader, team())).not.toContain(gone)
})

test('OUT-4, OUT-23 a right that was lost meanwhile: the words stay, say why and what can be done, and go once it is back', async () => {
  const [site] = crisis.deployment.describe().sites
  const bot = await botOf(crisis.deployment.dir, site!)
  const rights = (await bot.state(team())).find(({ type }) => type === 'm.room.power_levels')!.content
  const mayWrite = (level: number) =>
    bot.setState(team(), 'm.room.power_levels', '', {
      ...rights,
      users: { ...(rights['users'] as object), [`@${STAFF}:${site!.server_name}`]: level },
    })
  const [again, never] = ['Schlüssel liegt beim Wachdienst', 'Falsche Nummer, nicht anrufen']
  await offline(true)
  await say(again)
  await say(never)
  await mayWrite(-1)
  await offline(false)
  for (const words of [again, never]) await becomes(words, 'refused')
  await staff.page.reload()
  await staff.see('Abgelehnt: Sie dürfen hier nicht schreiben')
  await staff.go('/connection')
  await staff.see('2 abgelehnt')
  await staff.see('Entscheiden Sie unten: 2 Einträge wurden abgelehnt.')
  // Nobody has given the right back: the same again.
  const refusedAt = async () =>
    (await kept()).flatMap(({ payload: p, delivery: d }) =>
      p.kind === 'event' && p.content['body'] === again && d.state === 'refused' ? [d.at] : [],
    )[0]
  const before = await refusedAt()
  expect(before).toBeGreaterThan(0)
  await staff.tap('Noch einmal senden', again)
  await waitFor('another refusal', async () => ((await refusedAt()) ?? 0) > before!)

  await mayWrite(0)
  await staff.tap('Noch einmal senden', again)
  await saidSince(SAID, again)
  await staff.see('Entscheiden Sie unten: 1 Eintrag wurde abgelehnt.')
  await staff.tap('Verwerfen', never)
  await staff.see('Diesen Eintrag löschen?')
  await staff.tap('Behalten')
  await staff.see(never)

  // In the room it is the same; then it is gone for good.
  await staff.go(`/rooms/${encodeURIComponent(team())}`)
  await staff.tap('Verwerfen', never)
  await staff.tap('Löschen')
  await staff.seeNot(never)
  await staff.page.reload()
  const last = 'Pforte wieder besetzt'
  await say(last)
  expect(await saidSince(again, last)).toEqual(everywhere(last))
  expect((await bodiesOf(readers[0]!, team())).filter((body) => body === again)).toHaveLength(1)
  expect(await staff.text()).not.toContain(never)
})
