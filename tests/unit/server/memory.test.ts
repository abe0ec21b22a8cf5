import { expect, it } from 'vitest'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { UserId } from '../../../src/core/ids.ts'
import { createMemory } from '../../../src/server/bot/memory.ts'
import { deploymentOf, person } from '../../fakes/agency.ts'
import { event, TEAM } from '../../fakes/sample.ts'

const [ANNA, BEN]: UserId[] = ['@anna:a.example', '@ben:b.example']
const member = (user: UserId, membership: string): RoomEvent =>
  event(TEAM!, user, 'm.room.member', { membership }, { key: user })

it('KEEP-3 state that was replaced does not come back with the event of another branch, but with a first sync', () => {
  const memory = createMemory(() => deploymentOf())
  const sync = (state: RoomEvent[], timeline: RoomEvent[], first = false) =>
    memory.take(
      { next: 's', joined: [{ id: TEAM!, state, timeline, limited: false }], invited: [], left: [], direct: [] },
      first,
    )
  const [anna, ben] = [member(ANNA!, 'join'), member(BEN!, 'join')]
  sync([anna, ben], [], true)
  expect(memory.people(TEAM!)).toEqual(new Set([person('anna'), person('ben')]))
  sync([], [member(ANNA!, 'leave')])
  // Ben left at the other site before that heard of Anna: Synapse gives the state as it was there.
  sync([anna, ben], [member(BEN!, 'leave')])
  expect(memory.people(TEAM!)).toEqual(new Set())
  // A homeserver that was restored from a copy has gone back, too.
  sync([anna, ben], [], true)
  expect(memory.people(TEAM!)).toEqual(new Set([person('anna'), person('ben')]))
})
