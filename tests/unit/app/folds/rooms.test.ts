import { expect, it } from 'vitest'
import { roomView } from '../../../../src/app/folds/rooms.ts'
import type { Delivery } from '../../../../src/core/outbox.ts'
import { person } from '../../../fakes/agency.ts'
import { levels, message, NOW, room } from '../../core/samples.ts'

const UNDER_WAY: Delivery[] = [
  { state: 'saved' },
  { state: 'sending' },
  { state: 'waiting', reason: 'network', until: NOW },
]
const AT_REST: Delivery[] = [
  { state: 'taken', site: 'a', at: NOW, passed_on: 'unknown' },
  { state: 'withdrawn', at: NOW },
]

it('OUT-11 says of a room what still goes out from it, and what was refused: neither what is there nor what was taken back', () => {
  const view = (deliveries: Delivery[]) =>
    roomView(room('team', [levels()]), {
      person: person('anna'),
      accounts: [],
      outbox: deliveries.map((delivery, i) => message(i, { delivery })),
      entries: [],
      people: 2,
      read: 0,
    })
  const refused: Delivery = { state: 'refused', reason: 'forbidden', at: NOW }
  expect(view([...UNDER_WAY, ...AT_REST, refused])).toMatchObject({ waiting: 3, refused: 1 })
})
