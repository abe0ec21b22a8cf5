import 'fake-indexeddb/auto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { NoticeOptions } from '../../../src/core/notice.ts'
import type { Failure } from '../../../src/core/outbox.ts'
import type { Response } from '../../../src/core/response.ts'
import { openInbox, type OpenInbox } from '../../../src/platform/inbox.ts'
import { gateOf, goOn, sendAgain, tapAnswer, type Counter } from '../../../src/sw/answer.ts'
import { person } from '../../fakes/agency.ts'
import { ALERT, revision } from './samples.ts'

const ANNA = person('anna')
const responses = [
  { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' as const },
  { key: 'help', label: 'Brauche Hilfe', meaning: 'need_help' as const },
]
const asks = revision({ responses })
const SINCE = asks.at
const access = { person: ANNA, bearer: 'token', relays: [{ site: 'a', url: 'http://127.0.0.1:1' }], offset: 100 }
const data = { navigate: '/alert/1', lang: 'de', revision: asks }

interface Shown {
  title: string
  data: unknown
}
/** One for each tag, as systems do. */
let standing: Map<string, Shown>
let titles: string[]
let inbox: OpenInbox
let asked: Response[][]
let calls: number
let count = 0
/** What the relays do with the next answers. */
let relays: 'take' | Failure
let now: number

const counter = (): Counter => ({
  inbox,
  now: () => now,
  later: async () => void (calls += 1),
  gate: () => ({
    register: async (all) => {
      asked.push(all)
      return all.map(({ id }) => (relays === 'take' ? { id, site: 'a' } : { id, failure: relays }))
    },
  }),
  shows: {
    getNotifications: async () => [...standing.values()].map((one) => ({ ...one, close: () => {} })),
    showNotification: async (title: string, options: NoticeOptions) => {
      titles.push(title)
      standing.set(options.tag, { title, data: options.data })
    },
  },
})
const row = async () => (await inbox.answers())[0]

beforeEach(async () => {
  standing = new Map([[ALERT, { title: 'asks', data }]])
  ;[titles, asked, calls, relays, now] = [[], [], 0, 'take', SINCE + 1000]
  inbox = openInbox(Date.now, `answer-${count++}`)
  await inbox.putAccess(access)
})

describe('NOTICE-2 a tap on an answer', () => {
  it('is kept, taken to a relay, and said to be registered', async () => {
    expect(await tapAnswer(data, 'safe', counter())).toBe(true)
    expect(titles).toEqual(['Wird gesendet · Bin in Sicherheit', expect.stringMatching(/^Registriert um \d\d:\d\d · /)])
    expect(await row()).toEqual({
      person: ANNA,
      response: { id: expect.any(String), alert: ALERT, key: 'safe', at: SINCE + 1100 },
      registered: { site: 'a', at: SINCE + 1100 },
    })
    expect(asked).toEqual([[(await row())!.response]])
    expect(calls).toBe(0)
  })

  it.each([
    ['nobody is signed in, or no page was here since', () => inbox.clear(), data],
    ['its alert has expired', async () => {}, { ...data, revision: revision({ responses, expires: SINCE + 5 }) }],
    ['it offers no such answer', async () => {}, { ...data, revision: revision() }],
    ['nobody can read it', async () => {}, { revision: 7 }],
  ])('is for the app, where %s', async (_what, before, broken) => {
    await before()
    expect(await tapAnswer(broken, 'safe', counter())).toBe(false)
    expect([titles, asked, await inbox.answers()]).toEqual([[], [], []])
  })

  it('is for the app, where the disk takes nothing', async () => {
    const full = { ...inbox, giveAnswer: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
    expect(await tapAnswer(data, 'safe', { ...counter(), inbox: full })).toBe(false)
    expect(titles).toEqual([])
  })

  it('twice is one answer; another one is a later one', async () => {
    await Promise.all([tapAnswer(data, 'safe', counter()), tapAnswer(data, 'safe', counter())])
    const first = await row()
    expect(new Set(asked.flat().map(({ id }) => id)).size).toBe(1)
    now -= 10_000
    await tapAnswer(data, 'help', counter())
    expect((await row())!.response).toMatchObject({ key: 'help', at: first!.response.at + 1 })
  })
})

describe('NOTICE-3 what could not be sent', () => {
  it.each([
    ['waits', { fate: 'wait', reason: 'network' }, 'Noch nicht gesendet', undefined, 1],
    ['waits for a page that can sign in', { fate: 'wait', reason: 'signed_out' }, 'Noch nicht gesendet', undefined, 1],
    ['was refused', { fate: 'refuse', reason: 'forbidden' }, 'Abgelehnt', true, 0],
  ] as const)('%s, and is never called registered', async (_what, failure, words, refused, later) => {
    relays = failure
    await tapAnswer(data, 'safe', counter())
    expect(titles.at(-1)).toBe(`${words} · Bin in Sicherheit`)
    expect(titles.join()).not.toContain('Registriert')
    expect(await row()).toMatchObject({ response: { key: 'safe' } })
    expect((await row())!.registered).toBeUndefined()
    expect((await row())!.refused).toBe(refused)
    expect(calls).toBe(later)
  })

  it('waits where the relays no longer take the bearer, which only a page can renew', async () => {
    let requests = 0
    const server = createServer((_request, response) => {
      requests += 1
      response.writeHead(401).end('{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const gate = gateOf({ ...access, relays: [{ site: 'a', url }] })
    const response = { id: crypto.randomUUID(), alert: ALERT, key: 'safe', at: 1 }
    const signedOut = { fate: 'wait', reason: 'signed_out' }
    expect(await gate.register([response])).toEqual([{ id: response.id, failure: signedOut }])
    expect(requests).toBe(1)
  })
})

describe('NOTICE-4 what was kept', () => {
  beforeEach(async () => {
    relays = { fate: 'wait', reason: 'network' }
    await tapAnswer(data, 'safe', counter())
    ;[titles, asked, calls] = [[], [], 0]
  })

  it('goes out with the next push, with the same id, and its notification says so', async () => {
    const { response } = (await row())!
    relays = 'take'
    await goOn(counter())
    expect(asked).toEqual([[response]])
    expect(standing.get(ALERT)!.title).toMatch(/^Registriert um/)
    await goOn(counter())
    expect(asked).toHaveLength(1)
    expect(titles).toHaveLength(1)
  })

  it('is called for again by the browser until it is out', async () => {
    await expect(sendAgain(counter())).rejects.toThrow()
    relays = 'take'
    await sendAgain(counter())
    expect((await row())!.registered).toBeDefined()
  })

  it('is asked about no more by a copy that rings again, but by a later revision', async () => {
    standing.set(ALERT, { title: 'rings again', data })
    await goOn(counter())
    expect(standing.get(ALERT)!.title).toMatch(/^Noch nicht gesendet/)
    expect(calls).toBe(1)
    const update = { ...data, revision: { ...revision({ responses, rev: 1, msg_type: 'Update' }), at: now + 5000 } }
    standing.set(ALERT, { title: 'asks anew', data: update })
    await goOn(counter())
    expect(standing.get(ALERT)!.title).toBe('asks anew')
  })

  it('goes out for nobody else', async () => {
    await inbox.putAccess({ ...access, person: person('bert') })
    await goOn(counter())
    expect(asked).toEqual([])
  })

  it('also when it was given in the app, and no longer when it was registered there', async () => {
    const response = { id: crypto.randomUUID(), alert: ALERT, key: 'help', at: now + 9999 }
    await inbox.putAnswer({ person: ANNA, response })
    await goOn(counter())
    expect(asked).toEqual([[response]])
    await inbox.noteAnswer(response, { registered: { site: 'b', at: now } })
    await goOn(counter())
    expect(asked).toHaveLength(1)
  })
})
