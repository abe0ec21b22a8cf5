import { describe, expect, it } from 'vitest'
import { useRoomDraft } from '../../../../src/app/components/room/draft.ts'
import type { PersonId } from '../../../../src/core/ids.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { TEAM } from '../../../fakes/sample.ts'
import { appWith, settled } from '../../../support/mount.ts'

describe('ROOM-11 what somebody has begun to write', () => {
  it('is written down with one write at a time, so that what was sent does not come back', async () => {
    const ports = await fakePorts()
    const writes: { value: unknown; done: () => void }[] = []
    const { set } = ports.settings
    ports.settings.set = async (key, value) => {
      await new Promise<void>((resolve) => writes.push({ value, done: resolve }))
      await set(key, value)
    }
    const text = appWith(ports).inside(() => useRoomDraft(TEAM!))
    for (const words of ['B', 'Be', 'Ber', '']) {
      text.value = words
      await settled()
    }
    expect(writes.map(({ value }) => value)).toEqual(['B'])
    writes[0]!.done()
    await settled()
    expect(writes.map(({ value }) => value)).toEqual(['B', null])
  })

  it('OUT-10 does not come back where it was said and the page went before it was deleted', async () => {
    const ports = await fakePorts()
    const add = (body: string) => {
      const payload = { kind: 'event', room: TEAM!, type: 'm.room.message', content: { body } } as const
      return ports.outbox.add([{ client_id: ports.clock.uuid(), person: 'anna' as PersonId, created: 1, payload }])
    }
    await add('Bericht folgt')
    const opened = async (kept: string) => {
      await ports.settings.set(`room_draft:${TEAM}`, kept)
      const text = appWith(ports).inside(() => useRoomDraft(TEAM!))
      await settled()
      return text.value
    }
    expect(await opened('Bericht fol')).toBe('')
    expect(await opened('Bericht 2')).toBe('Bericht 2')
    await add('Danke')
    expect(await opened('Bericht folgt')).toBe('Bericht folgt')
  })

  it('DEVICE-1 stays in the field where it cannot be kept', async () => {
    const ports = await fakePorts()
    ports.settings.set = () => Promise.reject(new DOMException('no', 'QuotaExceededError'))
    const text = appWith(ports).inside(() => useRoomDraft(TEAM!))
    text.value = 'Bericht'
    await settled()
    text.value = 'Bericht 2'
    await settled()
    expect(text.value).toBe('Bericht 2')
  })
})
