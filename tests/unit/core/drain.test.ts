import { describe, expect, it } from 'vitest'
import type { EventGate, Found, OutboxStore, Registration } from '../../../src/core/sending.ts'
import { startDrain } from '../../../src/core/drain.ts'
import { advance } from '../../../src/core/advance.ts'
import type { Failure, OutboxEvent, OutboxItem } from '../../../src/core/outbox.ts'
import type { ClientId, EventId, RoomId, SiteId } from '../../../src/core/ids.ts'
import type { Response } from '../../../src/core/response.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'
import { memoryOutbox } from '../../fakes/memory-outbox.ts'
import { answer, message } from './samples.ts'

const OTHER: RoomId = '!other'
const draft = ({ client_id, person, created, payload }: OutboxItem) => ({ client_id, person, created, payload })
const busy: Failure = { fate: 'wait', reason: 'busy', retry_after_ms: 60_000 }
const offline: Failure = { fate: 'wait', reason: 'network' }

/** A request that is out until the test answers it. */
interface Out<Asked, Reply> {
  asked: Asked
  reply: (reply: Reply) => Promise<void>
}
type Sent = { event_id: EventId } | { failure: Failure }

function setUp(changes: Partial<OutboxStore> = {}) {
  const outbox = memoryOutbox()
  const clock = new ManualClock()
  const sends: Out<{ room: RoomId; txn: string; site: SiteId }, Sent>[] = []
  const asks: Out<EventId, boolean | null>[] = []
  const finds: Out<[ClientId, from?: string], Found>[] = []
  const posts: Out<Response[], Registration[]>[] = []
  const troubles: unknown[] = []
  const out = <A, R>(list: Out<A, R>[], asked: A) =>
    new Promise<R>((resolve) => {
      list.push({
        asked,
        reply: (reply) => {
          resolve(reply)
          return settled()
        },
      })
    })
  const gateAt = (site: SiteId): EventGate => ({
    site,
    send: (room, _type, _content, txn) => out(sends, { room, txn, site }),
    has: (_room, id) => out(asks, id),
    find: (_room, _type, client_id, _since, from) => out(finds, from === undefined ? [client_id] : [client_id, from]),
  })
  let gate: EventGate | null = gateAt('a')
  const drain = startDrain({
    store: { ...outbox, ...changes },
    events: () => gate,
    responses: { register: (responses) => out(posts, responses) },
    now: clock.now,
    random: () => 0.5,
    at: (at, run) => clock.after(at - clock.now(), run),
    changed: () => {},
    trouble: (error) => void troubles.push(error),
  })
  const use = (site: SiteId | null) => {
    gate = site === null ? null : gateAt(site)
    drain.poke()
    return settled()
  }
  const write = async (...items: OutboxItem[]) => {
    await outbox.add(items.map(draft))
    drain.poke()
    await settled()
  }
  /** Puts items on the disk as an earlier life of the browser has left them. */
  const found = async (...items: OutboxItem[]) => {
    await outbox.add(items.map(draft))
    await outbox.change(
      items.map((i) => i.client_id),
      ({ client_id }) => items.find((i) => i.client_id === client_id)!,
    )
    drain.poke()
    await settled()
  }
  const states = async () => (await outbox.all()).map((i) => i.delivery.state)
  return { outbox, clock, drain, sends, asks, finds, posts, troubles, use, write, found, states }
}

describe('OUT-3', () => {
  it('one message of a room is out at a time, in order; another room goes its own way', async () => {
    const { write, sends, states } = setUp()
    await write(message(1), message(2), message(3, {}, OTHER))
    expect(sends.map((s) => s.asked.room)).toEqual(['!room', OTHER])
    expect(await states()).toEqual(['sending', 'saved', 'sending'])
    await sends[0]!.reply({ event_id: '$1' })
    expect(sends[2]!.asked.txn).toBe(message(2).client_id)
    expect(await states()).toEqual(['taken', 'sending', 'sending'])
  })
})

it('OUT-2 responses go out as one request while a message is stuck', async () => {
  const { write, sends, posts, states } = setUp()
  await write(message(1), answer(2), answer(3))
  expect([sends.length, posts.map((p) => p.asked.length)]).toEqual([1, [2]])
  await posts[0]!.reply([
    { id: answer(2).client_id, site: 'a' },
    { id: answer(3).client_id, failure: { fate: 'refuse', reason: 'unknown_alert' } },
  ])
  expect(await states()).toEqual(['sending', 'taken', 'refused'])
})

it('ANSWER-8 a response that the relay does not mention goes out again', async () => {
  const { write, posts, clock } = setUp()
  await write(answer(1))
  await posts[0]!.reply([])
  await clock.advance(500)
  expect(posts[1]!.asked.map((r) => r.id)).toEqual([answer(1).client_id])
})

describe('OUT-4, OUT-5, OUT-13', () => {
  it('a failure that passes is tried again by itself, with the same transaction', async () => {
    const { write, sends, clock } = setUp()
    await write(message(1))
    await sends[0]!.reply({ failure: offline })
    await clock.advance(499)
    expect(sends).toHaveLength(1)
    await clock.advance(1)
    expect(sends[1]!.asked).toEqual(sends[0]!.asked)
  })

  it('what waits is due at once when something answers, unless the server is busy', async () => {
    const { write, sends, drain } = setUp()
    await write(message(1), message(2, {}, OTHER))
    await sends[0]!.reply({ failure: offline })
    await sends[1]!.reply({ failure: busy })
    drain.wake()
    await settled()
    expect(sends.slice(2).map((s) => s.asked.room)).toEqual(['!room'])
  })

  it('what was refused is kept and not tried again', async () => {
    const { write, sends, drain, clock, states } = setUp()
    await write(message(1))
    await sends[0]!.reply({ failure: { fate: 'refuse', reason: 'forbidden' } })
    drain.wake()
    await clock.advance(3600_000)
    expect([sends.length, await states()]).toEqual([1, ['refused']])
  })
})

describe('OUT-6, OUT-7 after a switch', () => {
  it('the other site is asked; what it lacks goes out again, and only then what is new', async () => {
    const { write, sends, asks, use, states } = setUp()
    await write(message(1))
    await sends[0]!.reply({ event_id: '$1' })
    await use('b')
    await write(message(2))
    expect(asks.map((a) => a.asked)).toEqual(['$1'])
    expect(sends).toHaveLength(1)
    await asks[0]!.reply(false)
    expect(await states()).toEqual(['taken', 'saved'])
    await sends[1]!.reply({ event_id: '$2' })
    expect(sends.map((s) => s.asked)).toEqual([
      { room: '!room', txn: message(1).client_id, site: 'a' },
      { room: '!room', txn: message(1).client_id, site: 'b' },
      { room: '!room', txn: message(2).client_id, site: 'b' },
    ])
  })

  it('"I cannot say" is asked again', async () => {
    const { write, sends, asks, use, clock } = setUp()
    await write(message(1))
    await sends[0]!.reply({ event_id: '$1' })
    await use('b')
    await asks[0]!.reply(null)
    await clock.advance(500)
    expect(asks).toHaveLength(2)
    await asks[1]!.reply(true)
    await clock.advance(3600_000)
    expect([asks.length, sends.length]).toEqual([2, 1])
  })

  it('at most four questions are out, and the others follow', async () => {
    const { found, asks, use } = setUp()
    await found(
      ...Array.from({ length: 6 }, (_, i) =>
        message(i + 1, {
          delivery: { state: 'taken', site: 'a', at: message(1).created, event_id: `$${i}`, passed_on: 'unknown' },
        }),
      ),
    )
    await use('b')
    expect(asks).toHaveLength(4)
    await asks[0]!.reply(true)
    expect(asks).toHaveLength(5)
  })
})

it('OUT-8 a response is said to the relay once more after a switch, with the same id', async () => {
  const { write, posts, use } = setUp()
  await write(answer(1))
  await posts[0]!.reply([{ id: answer(1).client_id, site: 'a' }])
  await use('b')
  expect(posts[1]!.asked).toEqual(posts[0]!.asked)
})

it('OUT-12 what was on its way when the browser ended goes out again', async () => {
  const { found, sends } = setUp()
  await found(message(1, { tried: {}, delivery: { state: 'sending', site: 'a', at: message(1).created }, attempts: 1 }))
  expect(sends.map((s) => s.asked.txn)).toEqual([message(1).client_id])
})

it('OUT-14 a taken item is asked for after 24 hours and forgotten an hour later', async () => {
  const { write, sends, asks, clock, drain, outbox } = setUp()
  const look = () => (drain.poke(), settled())
  await write(message(1))
  await sends[0]!.reply({ event_id: '$1' })
  await clock.advance(24 * 3600_000)
  await look()
  await asks[0]!.reply(true)
  await look()
  expect(await outbox.all()).toHaveLength(1)
  await clock.advance(3600_000)
  await look()
  expect([asks.length, await outbox.all()]).toEqual([1, []])
})

describe('OUT-19 what may have arrived', () => {
  const NIGHT = 25 * 3600_000
  const cut = () =>
    message(1, { tried: {}, attempts: 1, delivery: { state: 'sending', site: 'a', at: message(1).created } })

  it('is looked for after a night, and taken when it is there', async () => {
    const { found, finds, sends, clock, outbox, use } = setUp()
    await use(null)
    await found(cut())
    await clock.advance(NIGHT)
    await use('a')
    expect([finds.map((f) => f.asked), sends.length]).toEqual([[[message(1).client_id]], 0])
    await finds[0]!.reply({ event_id: '$there' })
    expect(await outbox.all()).toMatchObject([{ delivery: { state: 'taken', site: 'a', event_id: '$there' } }])
    expect(sends).toHaveLength(0)
  })

  it('goes out when it is not there, and waits while that cannot be said', async () => {
    const { found, finds, sends, clock, states, use } = setUp()
    await use(null)
    await found(cut())
    await clock.advance(NIGHT)
    await use('a')
    await finds[0]!.reply({ failure: offline })
    expect([sends.length, await states()]).toEqual([0, ['waiting']])
    await clock.advance(1_000)
    await finds[1]!.reply('absent')
    expect(sends.map((s) => s.asked.txn)).toEqual([message(1).client_id])
  })

  it('is looked for all the way back, and nothing goes out before the end of it', async () => {
    const { found, finds, sends, clock, use } = setUp()
    await use(null)
    await found(cut())
    await clock.advance(NIGHT)
    await use('a')
    for (let page = 0; page < 20; page++) await finds[page]!.reply({ from: `page ${page}` })
    expect([finds.at(-1)!.asked, sends.length]).toEqual([[message(1).client_id, 'page 19'], 0])
    await finds[20]!.reply({ failure: offline })
    await clock.advance(1_000)
    expect([finds[21]!.asked, sends.length]).toEqual([[message(1).client_id], 0])
    await finds[21]!.reply('absent')
    expect(sends).toHaveLength(1)
  })

  it('waits as long as a busy site asks, and is refused where I may not look any more', async () => {
    const { found, finds, sends, clock, states, use } = setUp()
    await use(null)
    await found(cut())
    await clock.advance(NIGHT)
    await use('a')
    await finds[0]!.reply({ failure: busy })
    await clock.advance(59_999)
    expect(finds).toHaveLength(1)
    await clock.advance(1)
    await finds[1]!.reply({ failure: { fate: 'refuse', reason: 'forbidden' } })
    expect([sends.length, await states()]).toEqual([0, ['refused']])
  })

  it('at another site goes out here even if this one cannot say', async () => {
    const { found, finds, sends, use } = setUp()
    await use(null)
    await found(cut())
    await use('b')
    await finds[0]!.reply({ failure: offline })
    expect(sends.map((s) => s.asked.site)).toEqual(['b'])
  })

  it('a moment ago is simply repeated', async () => {
    const { found, finds, sends } = setUp()
    await found(cut())
    expect([finds.length, sends.length]).toEqual([0, 1])
  })
})

describe('OUT-20, OUT-21 the person and another window', () => {
  it('what was changed before its request goes out goes out as it is now', async () => {
    const outbox = memoryOutbox()
    const bodies: unknown[] = []
    const { write, sends } = setUp({
      ...outbox,
      all: async () => {
        const items = await outbox.all()
        await outbox.change([message(1).client_id], (i) => advance(i, { type: 'edited', text: 'neu' }, 0, 0))
        return items
      },
      change: async (ids, step) => {
        const moved = await outbox.change(ids, step)
        for (const { payload } of moved) if (payload.kind === 'event') bodies.push(payload.content['body'])
        return moved
      },
    })
    await outbox.add([draft(message(1))])
    await write()
    expect([sends.length, bodies]).toEqual([1, ['neu']])
  })

  it('what was withdrawn, or is out elsewhere, since it was looked at does not go out', async () => {
    for (const event of [{ type: 'withdrawn' }, { type: 'started', site: 'a' }] as OutboxEvent[]) {
      const outbox = memoryOutbox()
      let once = true
      const { write, sends } = setUp({
        ...outbox,
        all: async () => {
          const items = await outbox.all()
          if (once) await outbox.change([message(1).client_id], (i) => advance(i, event, message(1).created, 0))
          once = false
          return items
        },
      })
      await outbox.add([draft(message(1))])
      await write()
      // What another window has left on its way is taken up as an orphan, in the next look.
      expect(sends).toHaveLength(event.type === 'withdrawn' ? 0 : 1)
    }
  })
})

it('OUT-16 a word written while the outbox is being looked through is not overlooked', async () => {
  const outbox = memoryOutbox()
  const { drain, sends } = setUp({
    ...outbox,
    all: async () => {
      const items = await outbox.all()
      if (items.length === 0) {
        await outbox.add([draft(message(1))])
        drain.poke()
      }
      return items
    },
  })
  drain.poke()
  await settled()
  expect(sends).toHaveLength(1)
})

describe('OUT-17 trouble with the store', () => {
  it('loses nothing and is tried again after half a minute', async () => {
    const outbox = memoryOutbox()
    let broken = true
    const { drain, sends, troubles, clock } = setUp({
      ...outbox,
      all: () => (broken ? Promise.reject(new Error('quota')) : outbox.all()),
    })
    await outbox.add([draft(message(1))])
    drain.poke()
    await settled()
    expect([troubles.length, sends.length]).toEqual([1, 0])
    broken = false
    await clock.advance(30_000)
    expect(sends).toHaveLength(1)
  })

  it('nothing is sent that could not be written down as on its way', async () => {
    const outbox = memoryOutbox()
    const { drain, sends, troubles } = setUp({ ...outbox, change: () => Promise.reject(new Error('quota')) })
    await outbox.add([draft(message(1))])
    drain.poke()
    await settled()
    expect([troubles.length, sends.length]).toEqual([1, 0])
  })
})

it('without a site messages stay and responses go, and both go when there is one', async () => {
  const { write, use, sends, posts } = setUp()
  await use(null)
  await write(message(1), answer(2))
  expect([sends.length, posts.length]).toEqual([0, 1])
  await use('b')
  expect(sends.map((s) => s.asked.site)).toEqual(['b'])
})

it('what was discarded while its request was out stays discarded', async () => {
  const { write, sends, outbox } = setUp()
  await write(message(1))
  await outbox.change([message(1).client_id], () => null)
  await sends[0]!.reply({ event_id: '$1' })
  expect(await outbox.all()).toEqual([])
})

it('ends after what is out is written down, and begins nothing more', async () => {
  const { write, drain, sends, states } = setUp()
  await write(message(1), message(2))
  let ended = false
  const stopped = drain.stop().then(() => (ended = true))
  await settled()
  expect(ended).toBe(false)
  await sends[0]!.reply({ event_id: '$1' })
  await stopped
  expect([sends.length, await states()]).toEqual([1, ['taken', 'saved']])
})
