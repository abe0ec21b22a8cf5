import { afterEach, describe, expect, it } from 'vitest'
import { alertSchema } from '../../../src/core/alert.ts'
import { parse } from '../../../src/core/parse.ts'
import type { Verdict } from '../../../src/core/verdict.ts'
import { HomeserverError } from '../../../src/server/homeserver.ts'
import { ALL, deploymentOf, UNIT } from '../../fakes/agency.ts'
import { settled } from '../../fakes/manual-clock.ts'
import { A_DOWN, refused, speakerWorld as world, stopBots } from '../../fakes/speaker-world.ts'

afterEach(stopBots)

describe('failover', () => {
  it('SITE-5 declares the successor in every alert room and tells everybody', async () => {
    const { start, declarations, alerts } = world()
    const speaker = await start()
    await speaker.speak(A_DOWN)
    await settled()
    const [first, second] = declarations()
    expect(first).toMatchObject({ site: 'b', from: 'a', by: 'monitor', status: 'Actual', closed: [] })
    expect(second).toEqual(first)
    expect(alerts().map((a) => a.room)).toEqual([ALL, UNIT])
    for (const { alert } of alerts()) {
      expect(parse(alertSchema, alert).ok).toBe(true)
      expect(alert).toMatchObject({ id: first?.['incident'], kind: 'failover', site: { from: 'a', to: 'b' } })
    }
  })

  it('SITE-5 says nothing more in the rounds that follow', async () => {
    const { hs, start } = world()
    const speaker = await start()
    await speaker.speak(A_DOWN)
    const after = hs.events.length
    for (let i = 0; i < 3; i++) {
      await settled()
      await speaker.speak(A_DOWN)
    }
    expect(hs.events.length).toBe(after)
  })

  it.each([
    ['the active site is up', { a: 'up', b: 'up' }],
    ['no majority knows', { a: 'unknown', b: 'up' }],
    ['nobody sees this site up', { a: 'down', b: 'unknown' }],
  ] as [string, Record<string, Verdict>][])('SITE-5 says nothing when %s', async (_why, verdict) => {
    const { hs, start } = world()
    const speaker = await start()
    const before = hs.events.length
    await speaker.speak(verdict)
    expect(hs.events.length).toBe(before)
  })

  it('SITE-5 leaves it to the first site of the file that is up', async () => {
    const { hs, start, alive } = world(deploymentOf(['a', 'b', 'c']))
    const third = await start('c')
    alive.add('b')
    const before = hs.events.length
    await third.speak({ a: 'down', b: 'up', c: 'up' })
    expect(hs.events.length).toBe(before)
  })

  it('SITE-7 says nothing by itself with fewer than three monitors', async () => {
    const { hs, start } = world(deploymentOf(['a', 'b'], { monitors: [{ id: 'b', url: 'https://relay.b.example' }] }))
    const speaker = await start()
    const before = hs.events.length
    await speaker.speak(A_DOWN)
    expect(hs.events.length).toBe(before)
  })

  it('SITE-6 two relays that declare at once declare one incident', async () => {
    const { start, alerts, declarations, hs } = world()
    const both = [await start(), await start()]
    await Promise.all(both.map((speaker) => speaker.speak(A_DOWN)))
    await settled()
    expect(new Set(alerts().map((a) => a.alert['id'])).size).toBe(1)
    expect(alerts()).toHaveLength(2)
    expect(
      new Set(
        hs
          .of(ALL, 'de.notanker.active_site')
          .slice(1)
          .map((e) => e.content['incident']),
      ).size,
    ).toBe(1)
    expect(new Set(declarations().map((d) => d['incident'])).size).toBe(1)
  })

  it('SITE-13 stops when somebody has declared a site that is up meanwhile', async () => {
    const { start, hs, clock } = world(deploymentOf(['a', 'b', 'c']))
    let asked = false
    const speaker = await start('b', (port) => ({
      ...port,
      // A manager declares between the last sync and the look right before the declaration.
      stateEvent: (...args) => {
        const content = { v: 1, site: 'c', since: clock.now(), by: 'manager' }
        if (!asked && args[1] === 'de.notanker.active_site')
          hs.add(UNIT, '@chief:a.example', 'de.notanker.active_site', content, '')
        asked ||= args[1] === 'de.notanker.active_site'
        return port.stateEvent(...args)
      },
    }))
    await speaker.speak({ a: 'down', b: 'up', c: 'up' })
    expect(hs.of(ALL, 'de.notanker.active_site')).toHaveLength(1)
  })

  it('SITE-13 is later than any declaration before it, whatever its clock', async () => {
    const { start, hs, declarations, clock } = world()
    const since = clock.now() + 60_000
    hs.add(ALL, '@chief:a.example', 'de.notanker.active_site', { v: 1, site: 'a', since, by: 'manager' }, '')
    const speaker = await start()
    await speaker.speak(A_DOWN)
    expect(declarations()[0]?.['since']).toBe(since + 1)
  })
})

describe('SITE-14 a declaration that was cut off', () => {
  it('goes on in the next round, room by room, and says nothing twice', async () => {
    const { hs, start, alerts, declarations } = world()
    const speaker = await start()
    hs.refuse = (type, room) => type === 'm.room.message' && room === ALL && refused()
    await expect(speaker.speak(A_DOWN)).rejects.toThrow(HomeserverError)
    expect(alerts().map((a) => a.room)).toEqual([UNIT])
    hs.refuse = () => {}
    await settled()
    await speaker.speak(A_DOWN)
    expect(alerts().map((a) => a.room)).toEqual([UNIT, ALL])
    expect(new Set(alerts().map((a) => a.alert['id']))).toEqual(new Set([declarations()[0]?.['incident']]))
  })

  it('goes on after a crash right behind the first declaration', async () => {
    const { hs, start, alerts, declarations } = world()
    const first = await start()
    hs.refuse = (type, room) => (type === 'm.room.message' || room === UNIT) && refused()
    await expect(first.speak(A_DOWN)).rejects.toThrow(HomeserverError)
    hs.refuse = () => {}
    const second = await start()
    await second.speak(A_DOWN)
    expect(alerts().map((a) => a.room)).toEqual([ALL, UNIT])
    expect(new Set(declarations().map((d) => d['incident'])).size).toBe(1)
    expect(alerts()[0]?.alert).toMatchObject({
      headline: 'Arbeitsplatz umgezogen nach Standort B',
      site: { from: 'a' },
    })
  })

  it('says an alert once when the answer to it was lost', async () => {
    const { start, alerts } = world()
    const losing = await start('b', (port) => ({
      ...port,
      send: async (...args) => (await port.send(...args), refused()),
    }))
    await expect(losing.speak(A_DOWN)).rejects.toThrow(HomeserverError)
    const second = await start()
    await second.speak(A_DOWN)
    await settled()
    await losing.speak(A_DOWN).catch(() => {})
    expect(alerts()).toHaveLength(2)
  })

  it('is left alone after an hour', async () => {
    const { hs, start, alerts, clock } = world()
    const speaker = await start()
    hs.refuse = (type) => type === 'm.room.message' && refused()
    await expect(speaker.speak(A_DOWN)).rejects.toThrow(HomeserverError)
    hs.refuse = () => {}
    await clock.advance(3600_000)
    await speaker.speak(A_DOWN)
    expect(alerts()).toEqual([])
  })
})
