/** The engine with homeservers in hand: which of them hears up to where rooms were read. */
import { describe, expect, it } from 'vitest'
import type { RoomId, UserId } from '../../../../src/core/ids.ts'
import type { Ports } from '../../../../src/core/ports.ts'
import { ALL } from '../../../fakes/agency.ts'
import { NOW, TEAM } from '../../../fakes/sample.ts'
import { settled } from '../../../support/mount.ts'
import { ROOMS, run, write } from './run.ts'

/** What a sync of an account says of its rooms. */
async function synced(ports: Ports, account: UserId, read: Record<RoomId, number> = {}): Promise<void> {
  const rooms = ROOMS.map((id) => ({ id, state: [], timeline: [], limited: false }))
  await ports.projection.apply({ account, next_batch: 's1', initial: false, rooms, left: [], read }, NOW)
  await settled()
}
async function open() {
  const all = await run()
  await synced(all.ports, '@anna:a.example')
  const mark = async (room: RoomId, at: number) => {
    await all.ports.projection.markRead(room, at)
    await settled()
  }
  return { ...all, mark }
}
const at = (site: string, ms: number, room = TEAM!) => ({ site, room, at: ms })

describe('ROOM-14 the homeserver in use is told up to where a room was read', () => {
  it('at once, then after five seconds the newest of what came meanwhile, and nothing again that it has', async () => {
    const { world, ports, mark, pass, troubles } = await open()
    await mark(TEAM!, 10)
    await mark(TEAM!, 20)
    await mark(TEAM!, 30)
    await mark(ALL, 5)
    expect(world.read).toEqual([at('a', 10), at('a', 5, ALL)])
    await synced(ports, '@anna:a.example', { [TEAM!]: 10, [ALL]: 5 })
    await pass(5_000)
    expect(world.read.slice(2)).toEqual([at('a', 30)])
    await synced(ports, '@anna:a.example', { [TEAM!]: 30 })
    await pass(10_000)
    expect(world.read).toHaveLength(3)
    expect(troubles).toEqual([])
  })

  it('what another device has read comes in, moves nothing back, and is not said again', async () => {
    const { world, ports, pass } = await open()
    await synced(ports, '@anna:a.example', { [TEAM!]: 40 })
    await synced(ports, '@anna:a.example', { [TEAM!]: 40 })
    await pass(10_000)
    expect((await ports.projection.readUpTo()).get(TEAM!)).toBe(40)
    expect(world.read).toEqual([])
    await synced(ports, '@anna:a.example', { [TEAM!]: 35 })
    expect((await ports.projection.readUpTo()).get(TEAM!)).toBe(40)
    // Another device has taken it back there: the later of both stands in the end.
    expect(world.read).toEqual([at('a', 40)])
  })

  it('once it answers again; what is said goes out meanwhile as ever', async () => {
    const { world, ports, mark, pass } = await open()
    world.up['a'] = world.up['b'] = false
    await mark(TEAM!, 10)
    await mark(TEAM!, 20)
    world.read = []
    world.up['a'] = true
    world.state['a']!('failing')
    world.state['a']!('live')
    await write(ports, TEAM!, 'Hallo')
    await settled()
    expect(world.read).toEqual([at('a', 20)])
    expect(world.sent).toMatchObject([{ site: 'a', body: 'Hallo' }])
    await pass(5_000)
    expect(world.read).toHaveLength(1)
  })

  it('and so is the next one when people go there', async () => {
    const { world, ports, mark, pass } = await open()
    await mark(TEAM!, 10)
    await synced(ports, '@anna:a.example', { [TEAM!]: 10 })
    world.up['a'] = false
    world.state['a']!('failing')
    await synced(ports, '@anna:b.example')
    await pass(10_000)
    expect(world.read).toEqual([at('a', 10), at('b', 10)])
  })
})
