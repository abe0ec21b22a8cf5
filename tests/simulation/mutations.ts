/**
 * Ways in which the core could be wrong, each made by replacing one of its functions or by standing between the drain
 * and its store or homeserver. `rule` is what the world must say of it.
 */
import { randomUUID } from 'node:crypto'
import type { EventGate, Found, OutboxStore } from '../../src/core/sending.ts'
import type { DrainPorts } from '../../src/core/drain.ts'
import { KEEP_TAKEN_MS, type OutboxItem } from '../../src/core/outbox.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { shipped, type Core } from './core.ts'
import { wrongVerdicts } from './wrong-verdicts.ts'

export interface Mutation {
  what: string
  rule: string
  /** Made anew for every world. */
  core: () => Partial<Core>
}

/** The store as the drain sees it: items are changed, or left out, on the way to it and changed back on the way from it. */
const seenAs = (
  show: (item: OutboxItem) => OutboxItem | null,
  back: (item: OutboxItem) => OutboxItem = (item) => item,
): Partial<Core> => ({
  storeOf: (store): OutboxStore => ({
    ...store,
    all: async () => (await store.all()).flatMap((item) => show(item) ?? []),
    change: (ids, step) =>
      store.change(ids, (item) => {
        const shown = show(item)
        const after = shown && step(shown)
        return after === shown ? item : after && back(after)
      }),
  }),
})
const gate = (change: (gate: EventGate) => Partial<EventGate>): Partial<Core> => ({
  gateOf: (inner) => ({ ...inner, ...change(inner) }),
})
/** What was found, where it says so; a word of this kind is read as "it is not there". */
const unless = (kind: 'failure' | 'from', found: Found): Found =>
  typeof found === 'object' && kind in found ? 'absent' : found

const withRoom = (item: OutboxItem, room: (room: RoomId) => RoomId): OutboxItem =>
  item.payload.kind === 'event' ? { ...item, payload: { ...item.payload, room: room(item.payload.room) } } : item
const realRoom = (room: RoomId): RoomId => room.replace(/#.*/, '') as RoomId
/** A store whose every step is made of what the last look at it has shown, as if nobody else wrote. */
const staleStore: Partial<Core> = {
  storeOf: (store): OutboxStore => {
    let seen = new Map<string, OutboxItem>()
    return {
      all: async () => {
        const items = await store.all()
        seen = new Map(items.map((item) => [item.client_id, item]))
        return items
      },
      change: async (ids, step) => {
        const changed = await store.change(ids, (item) => step(seen.get(item.client_id) ?? item))
        for (const item of changed) seen.set(item.client_id, item)
        return changed
      },
    }
  },
}
/** What a day has passed over is gone, whoever has it. */
const forgetful: Partial<Core> = {
  storeOf: (store, now): OutboxStore => ({
    ...store,
    all: async () =>
      (await store.all()).filter(({ delivery: d }) => d.state !== 'taken' || now() - d.at < KEEP_TAKEN_MS),
  }),
}
const drainWith = (change: (ports: DrainPorts) => Partial<DrainPorts>): Partial<Core> => ({
  startDrain: (ports) => shipped.startDrain({ ...ports, ...change(ports) }),
})
/** Items for which `alone` says so have a lane of their own, as if each were in another room. */
const ownLane = (alone: (item: OutboxItem) => boolean): Partial<Core> => ({
  ...seenAs(
    (item) => (alone(item) ? withRoom(item, (room) => `${room}#${item.client_id}`) : item),
    (item) => withRoom(item, realRoom),
  ),
  ...gate((inner) => ({
    send: (room, ...rest) => inner.send(realRoom(room), ...rest),
    has: (room, id) => inner.has(realRoom(room), id),
    find: (room, ...rest) => inner.find(realRoom(room), ...rest),
  })),
})

export const mutations: Mutation[] = [
  ...wrongVerdicts.map(({ verdicts, ...named }) => ({ ...named, core: () => ({ verdicts }) })),
  {
    what: 'no hysteresis: one miss is enough',
    rule: 'SITE-1',
    core: () => ({ observe: (view, ok, now) => shipped.observe(view, ok, now, { misses: 1, recovers: 1 }) }),
  },
  {
    what: 'the last site that is up goes on, not the first',
    rule: 'SITE-5',
    core: () => ({
      successor: (deployment, ...rest) =>
        shipped.successor({ ...deployment, sites: deployment.sites.toReversed() }, ...rest),
    }),
  },
  {
    what: 'the incident is random',
    rule: 'SITE-6',
    core: () => ({ incidentId: () => Promise.resolve(randomUUID()) }),
  },
  {
    what: 'a device never leaves the site it has',
    rule: 'OUT-4',
    core: () => ({ chooseSite: (input) => input.current ?? shipped.chooseSite(input) }),
  },
  {
    what: 'on duty is everybody at once',
    rule: 'PUSH-1',
    core: () => ({
      duty: (order, self, peers) => shipped.duty(order, self, peers, { seen: Infinity, listed: Infinity }, 0),
    }),
  },
  {
    what: 'nobody looks whether an alert was pushed already',
    rule: 'PUSH-1',
    core: () => ({
      isRung: () => false,
      duty: (order, self, peers, { seen }, ...rest) => {
        const unsent = Object.entries(peers).map(([site, peer]) => [site, peer && { ...peer, sent: false }])
        return shipped.duty(order, self, Object.fromEntries(unsent), { seen, listed: Infinity }, ...rest)
      },
    }),
  },
  {
    what: 'only the first on duty pushes',
    rule: 'PUSH-1',
    core: () => ({
      duty: (order, self, ...rest) => (order[0] === self ? shipped.duty(order, self, ...rest) : 'wait'),
    }),
  },
  {
    what: 'who is silent for one probe has listed nothing',
    rule: 'PUSH-18',
    core: () => ({
      duty: (order, self, peers, { seen }, ...rest) =>
        shipped.duty(order, self, peers, { seen, listed: Infinity }, ...rest),
    }),
  },
  {
    what: 'nobody remembers what another has rung',
    rule: 'PUSH-18',
    core: () => ({ isRung: () => false }),
  },
  {
    what: 'no dedupe: two copies are shown',
    rule: 'OUT-10',
    core: () => ({ onlyOnce: (_deployment, events) => [...events] }),
  },
  {
    what: 'copies are told by the account, not by the person',
    rule: 'OUT-10',
    core: () => ({
      onlyOnce: (deployment, events) => shipped.onlyOnce({ ...deployment, sites: [] }, events),
    }),
  },
  {
    what: 'of two answers the first counts',
    rule: 'ANSWER-3',
    core: () => ({
      foldTally: (alert, tallies) => {
        const first = [...tallies].map((tally) => ({
          ...tally,
          content: { ...tally.content, entries: tally.content.entries.map((e) => ({ ...e, at: -e.at })) },
        }))
        return shipped.foldTally(alert, first)
      },
    }),
  },
  { what: 'called saved before it is', rule: 'OUT-10', core: () => ({ durable: false }) },
  { what: 'called registered before the homeserver took it', rule: 'ANSWER-3', core: () => ({ tallied: false }) },
  {
    what: 'taken is believed to be safe',
    rule: 'OUT-10',
    core: () => gate(() => ({ has: () => Promise.resolve(true) })),
  },
  {
    what: '"I cannot say" is read as "it is here"',
    rule: 'OUT-10',
    core: () => gate((inner) => ({ has: async (room, id) => (await inner.has(room, id)) ?? true })),
  },
  {
    what: 'a new transaction for each attempt',
    rule: 'OUT-13',
    core: () => {
      let attempt = 0
      return gate((inner) => ({
        send: (room, type, content, txn) => inner.send(room, type, content, `${txn} ${attempt++}`),
      }))
    },
  },
  {
    what: 'what may have arrived is not looked for',
    rule: 'OUT-13',
    core: () => gate(() => ({ find: () => Promise.resolve('absent') })),
  },
  {
    what: '"I cannot say whether it arrived" is read as "it did not"',
    rule: 'OUT-13',
    core: () => gate((inner) => ({ find: async (...what) => unless('failure', await inner.find(...what)) })),
  },
  {
    what: 'what is not among the newest is called absent',
    rule: 'OUT-13',
    core: () => gate((inner) => ({ find: async (...what) => unless('from', await inner.find(...what)) })),
  },
  {
    what: 'a message is changed whatever has become of it',
    rule: 'OUT-20',
    core: () => ({
      decide: (item, event, ...rest) =>
        event.type === 'edited' && item.payload.kind === 'event'
          ? { ...item, payload: { ...item.payload, content: { ...item.payload.content, body: event.text } } }
          : shipped.decide(item, event, ...rest),
    }),
  },
  {
    what: 'a message that may have arrived is changed',
    rule: 'OUT-20',
    core: () => ({
      decide: (item, event, ...rest) => {
        const after = shipped.decide({ ...item, tried: {} }, event, ...rest)
        return item.tried ? { ...after, tried: item.tried } : after
      },
    }),
  },
  {
    what: 'a message that is on its way is taken back',
    rule: 'OUT-20',
    core: () => ({
      decide: (item, event, now, ...rest) =>
        event.type === 'withdrawn' && item.delivery.state === 'sending'
          ? { ...item, delivery: { state: 'withdrawn', at: now } }
          : shipped.decide(item, event, now, ...rest),
    }),
  },
  { what: 'an earlier state overwrites a later one', rule: 'OUT-11', core: () => staleStore },
  { what: 'an earlier state overwrites what the person has changed', rule: 'OUT-20', core: () => staleStore },
  { what: 'a day by the clock is enough to forget', rule: 'OUT-10', core: () => forgetful },
  { what: 'everybody waits equally long', rule: 'OUT-4', core: () => drainWith(() => ({ random: () => 0.9999 })) },
  {
    what: 'waits only grow',
    rule: 'OUT-4',
    core: () =>
      drainWith(({ store }) => ({
        store: {
          ...store,
          change: (ids, step) =>
            store.change(ids, (item) => {
              const after = step(item)
              return after && after !== item ? { ...after, attempts: Math.max(item.attempts, after.attempts) } : after
            }),
        },
      })),
  },
  {
    what: 'a sign of life wakes nothing',
    rule: 'OUT-5',
    core: () => ({ startDrain: (ports) => ({ ...shipped.startDrain(ports), wake: () => {} }) }),
  },
  {
    what: 'what a busy site asks for is not heeded',
    rule: 'OUT-4',
    core: () =>
      gate((inner) => ({
        send: async (...item) => {
          const sent = await inner.send(...item)
          return 'failure' in sent ? { failure: { fate: 'wait', reason: 'network' } } : sent
        },
      })),
  },
  {
    what: 'responses wait for messages',
    rule: 'OUT-2',
    core: () =>
      drainWith(({ store }) => ({
        store: {
          ...store,
          all: async () => {
            const items = await store.all()
            const stuck = items.some((i) => i.payload.kind === 'event' && i.delivery.state !== 'taken')
            return stuck ? items.filter((i) => i.payload.kind === 'event') : items
          },
        },
      })),
  },
  { what: 'no order within a room', rule: 'OUT-3', core: () => ownLane(() => true) },
  {
    what: 'new things go into a room whose earlier ones are in doubt',
    rule: 'OUT-3',
    core: () => ownLane((item) => item.delivery.state === 'taken'),
  },
  {
    what: 'a response is not said again after a switch',
    rule: 'ANSWER-3',
    core: () => seenAs((item) => (item.payload.kind === 'response' && item.delivery.state === 'taken' ? null : item)),
  },
  {
    what: 'what was under way when the browser ended is left alone',
    rule: 'OUT-4',
    core: () => seenAs((item) => (item.delivery.state === 'sending' ? null : item)),
  },
  {
    what: 'what has to go out again is shown as saved',
    rule: 'OUT-11',
    core: () =>
      seenAs(
        (item) => item,
        (item) => {
          const { delivery: d } = item
          return d.state === 'taken' && d.passed_on === 'again' ? { ...item, delivery: { state: 'saved' } } : item
        },
      ),
  },
  {
    what: 'a word written while the outbox is looked through is overlooked',
    rule: 'OUT-4',
    core: () => ({
      startDrain: (ports) => {
        let reading = false
        const all = async () => {
          reading = true
          return ports.store.all().finally(() => (reading = false))
        }
        const drain = shipped.startDrain({ ...ports, store: { ...ports.store, all } })
        return { ...drain, poke: () => (reading ? undefined : drain.poke()), wake: () => drain.poke() }
      },
    }),
  },
]
