import { expect, it } from 'vitest'
import { roomView } from '../../../../src/app/folds/rooms.ts'
import type { Delivery } from '../../../../src/core/outbox.ts'
import type { TimelineEntry } from '../../../../src/core/timeline.ts'
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

const view = (deliveries: Delivery[], entries: TimelineEntry[] = []) =>
  roomView(room('team', [levels()]), {
    person: person('anna'),
    accounts: [],
    outbox: deliveries.map((delivery, i) => message(i, { delivery })),
    entries,
    people: 2,
    read: 0,
    muted: false,
  })

it('OUT-11 says of a room what still goes out from it, and what was refused: neither what is there nor what was taken back', () => {
  const refused: Delivery = { state: 'refused', reason: 'forbidden', at: NOW }
  expect(view([...UNDER_WAY, ...AT_REST, refused])).toMatchObject({ waiting: 3, refused: 1 })
})

it('shows as the last of a room what goes out, not what was taken back', () => {
  const said = (text: string, mine: Delivery): TimelineEntry => ({
    kind: 'message',
    key: text,
    at: NOW,
    person: person('anna'),
    name: 'Anna',
    text,
    mine,
    site: null,
    alert: null,
  })
  const entries = [said('Ich komme.', { state: 'saved' }), said('Doch nicht.', { state: 'withdrawn', at: NOW })]
  expect(view([], entries).last?.text).toBe('Ich komme.')
})
