import 'fake-indexeddb/auto'
import { readFile } from 'node:fs/promises'
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { stateOf } from '../../src/core/room.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { ALERT_ID } from '../fakes/agency.ts'
import { AT_A, batch, event, freshName, ROOM } from './projection-batches.ts'

interface Recorded {
  timeline: object[]
  state: object[]
  positions: object
  bodies: object
  read: object
  meta: object
}
const KEYED = ['positions', 'bodies', 'read', 'meta'] as const

/** As version 1 laid it out and wrote it. */
async function writeVersion1(name: string, recorded: Recorded): Promise<void> {
  const db = await openDB(name, 1, {
    upgrade(fresh) {
      fresh.createObjectStore('timeline', { keyPath: 'event_id' }).createIndex('room', 'room_id')
      fresh.createObjectStore('state', { keyPath: ['room_id', 'type', 'state_key'] })
      for (const store of KEYED) fresh.createObjectStore(store)
    },
  })
  for (const store of ['timeline', 'state'] as const) for (const row of recorded[store]) await db.put(store, row)
  for (const store of KEYED) for (const [key, value] of Object.entries(recorded[store])) await db.put(store, value, key)
  db.close()
}
const recorded = async (): Promise<Recorded> =>
  JSON.parse(await readFile(new URL('../fixtures/projection-v1.json', import.meta.url), 'utf8')) as Recorded

describe('SYNC-17 a database of version 1', () => {
  it('is found again whole: rows, position, texts and what was read; what is no event is nowhere', async () => {
    const name = freshName()
    await writeVersion1(name, await recorded())
    const projection = openProjection(name)
    const { rooms, synced_at } = await projection.load()
    const ids = (room: `!${string}`) => rooms.get(room)?.timeline.map((e) => e.event_id)
    expect(synced_at).toBe(99)
    expect(ids('!alert')).toEqual(['$alert'])
    expect(ids('!team')).toEqual(['$first', '$taken-back', '$second'])
    expect(rooms.get('!team')?.timeline[0]).toEqual((await recorded()).timeline[1])
    expect(stateOf(rooms.get('!team')!, 'de.notanker.room')?.content).toMatchObject({ title: 'Referat 34' })
    expect(rooms.get('!team')?.state.size).toBe(1)
    expect((await projection.tallies(ALERT_ID)).map((e) => e.event_id)).toEqual(['$tally'])
    const reaction = event('reaction', 31, { room_id: '!team', type: 'm.reaction' })
    expect(await projection.knows('!team', [reaction])).toEqual(new Set(['$reaction']))
    expect(await projection.position(AT_A)).toEqual({
      since: 's72_1',
      rooms: ['!alert', '!team', '!lage'],
      joined: ['!alert', '!team', '!lage'],
    })
    expect(await projection.body('strom')).toEqual({ version: 3, sha256: 'abc', markdown: '# Strom' })
    expect(await projection.readUpTo()).toEqual(new Map([['!team', 21]]))
  })

  it('goes on from there', async () => {
    const name = freshName()
    await writeVersion1(name, await recorded())
    const projection = openProjection(name)
    await projection.apply(batch([{ id: '!team', timeline: [event('3', 50, { room_id: '!team' })] }]), 100)
    expect((await projection.load()).rooms.get('!team')?.timeline.at(-1)?.event_id).toBe('$3')
  })
})

it('SYNC-18 what a newer version has left is read and written on; rows of a shape unknown here are left out', async () => {
  const name = freshName()
  const before = openProjection(name)
  await before.apply(batch([{ timeline: [event('1', 1)] }], { next_batch: 's9' }), 7)
  const newer = await openDB(name, 40, { upgrade: (db) => void db.createObjectStore('unknown') })
  await newer.put('timeline', { event_id: '$odd', room_id: ROOM, class: 'message', age: -2, content: 'packed' })
  newer.close()

  const projection = openProjection(name)
  await projection.apply(batch([{ timeline: [event('2', 3)] }], { next_batch: 's10' }), 8)
  const { rooms, synced_at } = await projection.load()
  expect(rooms.get(ROOM)?.timeline.map((e) => e.event_id)).toEqual(['$1', '$2'])
  expect([synced_at, (await projection.position(AT_A))?.since]).toEqual([8, 's10'])
})
