import { describe, expect, it } from 'vitest'
import type { Projection, ProjectionChange } from '../../../src/core/ports.ts'
import { stateOf } from '../../../src/core/room.ts'
import { keepUnwritten } from '../../../src/platform/projection/unwritten.ts'
import { AT_A, batch, event, ROOM, state } from '../../contract/projection-batches.ts'
import { memoryProjection } from '../../fakes/memory-projection.ts'
import { fakePorts } from '../../fakes/ports.ts'
import { settled } from '../../support/mount.ts'

/** A read model on a disk that takes nothing while it is full. */
async function onDisk() {
  const { clock } = await fakePorts()
  const below = memoryProjection()
  const disk = { full: true }
  const failing: Projection = {
    ...below,
    apply: (...args) =>
      disk.full ? Promise.reject(new DOMException('no', 'QuotaExceededError')) : below.apply(...args),
  }
  const projection = keepUnwritten(failing, clock)
  const timeline = async (of: Projection) => (await of.load()).rooms.get(ROOM)?.timeline.map((e) => e.event_id)
  return {
    projection,
    below,
    shown: () => timeline(projection),
    written: () => timeline(below),
    async room() {
      disk.full = false
      clock.set(clock.now() + 60_000)
      await settled()
    },
  }
}

describe('DEVICE-1 what a full disk does not take', () => {
  it('is shown at once, in order, and each thing once', async () => {
    const { projection, shown, written } = await onDisk()
    const heard: ProjectionChange[] = []
    projection.onChange((change) => heard.push(change))
    await projection.apply(batch([{ timeline: [event('2', 20)], state: [state('n', 'm.room.name')] }]), 1)
    await projection.apply(batch([{ timeline: [event('1', 10), event('2', 20)] }]), 2)
    expect(await shown()).toEqual(['$1', '$2'])
    const { rooms, synced_at } = await projection.load({ rooms: [ROOM] })
    expect(stateOf(rooms.get(ROOM)!, 'm.room.name')?.event_id).toBe('$n')
    expect(synced_at).toBe(2)
    expect(heard).toEqual([{ rooms: [ROOM] }, { rooms: [ROOM] }])
    expect(await written()).toBeUndefined()
  })

  it('leaves the position on disk where it was, until the rows are there', async () => {
    const { projection, shown, written, room } = await onDisk()
    await projection.apply(batch([{ timeline: [event('1', 10)] }], { next_batch: 's1' }), 1)
    await projection.apply(batch([{ timeline: [event('2', 20)] }], { next_batch: 's2' }), 2)
    expect(await projection.position(AT_A)).toBeNull()
    await room()
    expect(await written()).toEqual(['$1', '$2'])
    expect(await shown()).toEqual(['$1', '$2'])
    expect(await projection.position(AT_A)).toMatchObject({ since: 's2' })
  })

  it('does not move a position that was set back meanwhile', async () => {
    const { projection, room } = await onDisk()
    await projection.apply(batch([{ timeline: [event('1', 10)] }]), 1)
    await projection.rememberRooms(AT_A, [ROOM])
    await room()
    expect(await projection.position(AT_A)).toMatchObject({ since: null, rooms: [ROOM] })
  })

  it('is gone with everything else when the device is emptied', async () => {
    const { projection, shown, written, room } = await onDisk()
    await projection.apply(batch([{ timeline: [event('1', 10)] }]), 1)
    await projection.clear()
    await room()
    expect([await shown(), await written()]).toEqual([undefined, undefined])
  })

  it('hides a room that was left, and shows other rooms only where they are asked for', async () => {
    const { projection } = await onDisk()
    await projection.apply(batch([{ timeline: [event('1', 10)] }]), 1)
    expect((await projection.load({ rooms: ['!other'] })).rooms.size).toBe(0)
    await projection.apply(batch([], { left: [ROOM] }), 2)
    expect((await projection.load()).rooms.size).toBe(0)
  })
})
