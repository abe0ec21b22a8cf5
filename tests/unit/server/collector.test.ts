import { describe, expect, it } from 'vitest'
import { foldAlerts } from '../../../src/core/alert.ts'
import type { TallyContent } from '../../../src/core/response.ts'
import { createCollector } from '../../../src/server/answers/collector.ts'
import { createTallyWriter } from '../../../src/server/answers/tally-writer.ts'
import type { AgencyRoom } from '../../../src/core/room.ts'
import { HomeserverError } from '../../../src/server/homeserver.ts'
import { ALERT_ID, alertContent, ALL, bot, LAGE, person, silentLog } from '../../fakes/agency.ts'
import { FakeHomeserver, type HomeserverPort } from '../../fakes/homeserver.ts'
import { ManualClock, settled } from '../../fakes/manual-clock.ts'

const anna = person('anna')
const id = (n: number) => `0198bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`
type Send = HomeserverPort['send']
const OTHER = '0198aaaa-0000-7000-8000-000000000002'

function world(wrap: (send: Send) => Send = (send) => send) {
  const clock = new ManualClock()
  const hs = new FakeHomeserver(clock.now)
  const registered = new Set<string>()
  const answered = new Set<string>()
  const state = { complete: true, known: [ALERT_ID, OTHER] }
  const content = (alert: string) => alertContent(clock.now(), { id: alert })
  const knowledge = {
    rooms: () => [{ id: LAGE, kind: 'lage' } as AgencyRoom],
    alert: (alert: string) =>
      state.known.includes(alert)
        ? foldAlerts([
            { content: content(alert), event_id: '$1', room_id: ALL, sender: '@chief:a.example', at: clock.now() },
          ])[0]!
        : null,
    audience: () => new Set([anna, person('ben')]),
    isRegistered: (response: string) => registered.has(response),
    noteAnswered: (_: string, by: string) => void answered.add(by),
    noteRegistered: (ids: readonly string[]) => ids.forEach((i) => registered.add(i)),
  }
  const homeserver = { send: wrap(hs.as(bot('a')).send) }
  const writer = createTallyWriter({ knowledge, homeserver, clock, log: silentLog })
  const collector = createCollector({ knowledge, writer, complete: () => state.complete, clock })
  const response = (n: number, changes = {}) => ({ id: id(n), alert: ALERT_ID, key: 'ok', at: clock.now(), ...changes })
  const tallies = () => hs.of(LAGE, 'de.notanker.tally').map((e) => e.content as unknown as TallyContent)
  /** Runs until the answer is there. */
  const answer = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => {})
    await clock.advance(50)
    return promise
  }
  return { clock, hs, state, answered, collector, writer, response, tallies, answer }
}

it('LAST-6 who has answered is known, also where no homeserver takes it, and only if the answer is one', async () => {
  const { collector, response, answered, answer, hs } = world()
  hs.refuse = () => {
    throw new HomeserverError('PUT', 0, {})
  }
  for (const [by, key] of [
    [anna, 'ok'],
    [person('ben'), 'no such key'],
    [person('cleo'), 'ok'],
  ] as const)
    await answer(collector.register(by, [response(1, { key })])).catch(() => {})
  expect(answered).toEqual(new Set(['anna']))
})

describe('ANSWER-1 registering', () => {
  it('says registered only when the homeserver has taken the tally', async () => {
    const { collector, response, tallies, clock } = world()
    let done = false
    const reply = collector.register(anna, [response(1, { note: 'im Keller' })]).finally(() => (done = true))
    await settled()
    expect([done, tallies()]).toEqual([false, []])
    await clock.advance(50)
    expect(await reply).toEqual({ registered: [id(1)], refused: [] })
    expect(tallies()).toEqual([
      {
        v: 1,
        alert: ALERT_ID,
        entries: [{ id: id(1), person: 'anna', key: 'ok', at: expect.any(Number), note: 'im Keller' }],
      },
    ])
  })

  it('writes what comes within a moment as one event, three hundred at most', async () => {
    const { collector, response, tallies, answer } = world()
    const replies = Array.from({ length: 450 }, (_, n) => collector.register(anna, [response(n)]))
    await answer(Promise.all(replies))
    expect(tallies().map((t) => t.entries.length)).toEqual([300, 150])
  })

  it('writes one event for each alert', async () => {
    const { collector, response, tallies, answer } = world()
    const reply = await answer(collector.register(anna, [response(1), response(2, { alert: OTHER })]))
    expect(reply.registered).toEqual([id(1), id(2)])
    expect(tallies().map((t) => t.alert)).toEqual([ALERT_ID, OTHER])
  })

  it('gathers the next batch while one is out', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const { writer, tallies, clock } = world(
      (send) =>
        async (...args) => (await held, send(...args)),
    )
    const entry = (n: number) => ({ id: id(n), person: anna, key: 'ok', at: 1 })
    const writes = [writer.write(ALERT_ID, entry(1))]
    await clock.advance(50)
    writes.push(writer.write(ALERT_ID, entry(2)), writer.write(ALERT_ID, entry(3)))
    await clock.advance(500)
    expect(tallies()).toEqual([])
    release()
    await Promise.all(writes)
    expect(tallies().map((t) => t.entries.length)).toEqual([1, 2])
  })
})

describe('ANSWER-6 the same answer again', () => {
  it('is registered without a second entry', async () => {
    const { collector, response, tallies, answer } = world()
    await answer(collector.register(anna, [response(1)]))
    expect(await answer(collector.register(anna, [response(1)]))).toEqual({ registered: [id(1)], refused: [] })
    expect(tallies()).toHaveLength(1)
  })

  it('is one entry also when both are under way, or twice in one request', async () => {
    const { collector, response, tallies, answer } = world()
    const first = collector.register(anna, [response(1), response(1)])
    const second = collector.register(anna, [response(1)])
    await answer(Promise.all([first, second]))
    expect((await second).registered).toEqual([id(1)])
    expect(tallies().flatMap((t) => t.entries)).toHaveLength(1)
  })

  it('is one event when the homeserver took it and its answer was lost', async () => {
    let lose = true
    const { writer, tallies, answer } = world((send) => async (...args) => {
      const taken = await send(...args)
      if (lose) throw new HomeserverError('PUT', 0, {})
      return taken
    })
    const entry = { id: id(1), person: anna, key: 'ok', at: 1 }
    await expect(answer(writer.write(ALERT_ID, entry))).rejects.toMatchObject({ status: 503 })
    lose = false
    await answer(writer.write(ALERT_ID, entry))
    expect(tallies()).toHaveLength(1)
  })
})

describe('ANSWER-4 refusing', () => {
  it('names who is not asked and what cannot be answered, and registers the rest', async () => {
    const { collector, response, answer } = world()
    expect(await answer(collector.register(person('stranger'), [response(1)]))).toEqual({
      registered: [],
      refused: [{ id: id(1), reason: 'not_in_audience' }],
    })
    expect(await answer(collector.register(anna, [response(2, { key: 'no' }), response(3)]))).toEqual({
      registered: [id(3)],
      refused: [{ id: id(2), reason: 'unknown_key' }],
    })
  })
})

describe('ANSWER-7 an alert that is not known', () => {
  const nobody = '0198aaaa-0000-7000-8000-00000000000f'

  it('is waited for a moment, since an answer may overtake it', async () => {
    const { collector, response, clock, state, answer } = world()
    const reply = collector.register(anna, [response(1, { alert: nobody })])
    await clock.advance(1_000)
    state.known.push(nobody)
    collector.changed()
    await settled()
    expect((await answer(reply)).registered).toEqual([id(1)])
  })

  it('is refused when everything is known and it does not come', async () => {
    const { collector, response, clock } = world()
    const reply = collector.register(anna, [response(1, { alert: nobody })])
    await clock.advance(2_000)
    expect(await reply).toEqual({ registered: [], refused: [{ id: id(1), reason: 'unknown_alert' }] })
  })

  it('is never refused while a site is away or the bot is behind: 503, or left out beside others', async () => {
    const { collector, response, answer, state } = world()
    state.complete = false
    const unknown = response(1, { alert: nobody })
    await expect(collector.register(anna, [unknown])).rejects.toMatchObject({ status: 503, errcode: 'M_UNAVAILABLE' })
    expect(await answer(collector.register(anna, [unknown, response(2)]))).toEqual({ registered: [id(2)], refused: [] })
  })
})

describe('ANSWER-8 a homeserver that does not take it', () => {
  it('is a 503 with a time to try again, and nothing is registered', async () => {
    const { collector, response, answer, hs, tallies } = world()
    hs.refuse = () => {
      throw new HomeserverError('PUT', 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 7_000 })
    }
    const reply = answer(collector.register(anna, [response(1)]))
    await expect(reply).rejects.toMatchObject({ status: 503, errcode: 'M_UNAVAILABLE', retry_after_ms: 7_000 })
    hs.refuse = () => {}
    expect((await answer(collector.register(anna, [response(1)]))).registered).toEqual([id(1)])
    expect(tallies()).toHaveLength(1)
  })

  it('is told for what failed only', async () => {
    const { collector, response, answer, hs } = world()
    let writes = 0
    hs.refuse = () => {
      if (writes++ === 0) throw new HomeserverError('PUT', 500, {})
    }
    const reply = await answer(collector.register(anna, [response(1), response(2, { alert: OTHER })]))
    expect(reply).toEqual({ registered: [id(2)], refused: [] })
  })
})

it('RELAY-14 what was under way is written before the relay stops', async () => {
  const { writer, collector, response, tallies } = world()
  const reply = collector.register(anna, [response(1)])
  await settled()
  await writer.stop()
  expect((await reply).registered).toEqual([id(1)])
  expect(tallies()).toHaveLength(1)
})
