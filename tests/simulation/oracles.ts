/** What must hold in every world, found out by other means than the core's own. */
import { mayHaveArrived, type OutboxItem } from '../../src/core/outbox.ts'
import type { RoomEvent } from '../../src/core/event.ts'
import type { PersonId, RoomId, SiteId } from '../../src/core/ids.ts'
import { TYPE } from '../../src/core/event.ts'
import { personOf } from '../../src/core/deployment.ts'
import { readTally, type Response } from '../../src/core/response.ts'
import { LAGE, PATIENCE, RINGING, THRESHOLDS } from './agency.ts'
import type { Relay } from './relay.ts'
import type { Phone } from './phone.ts'
import type { Site } from './sites.ts'
import type { World } from './world.ts'

const RANK: Record<OutboxItem['delivery']['state'], number> = {
  saved: 0,
  sending: 1,
  waiting: 1,
  withdrawn: 2,
  taken: 3,
  refused: 3,
}

/** OUT-11, OUT-20: what is wrong with a change of an item; null: nothing. */
export function faultOfStep(before: OutboxItem, after: OutboxItem): string | null {
  const [from, to] = [before.delivery.state, after.delivery.state]
  // Taken up again, at once or when a busy site has asked for it.
  if (
    from === 'withdrawn' &&
    (to === 'saved' || (after.delivery.state === 'waiting' && after.delivery.reason === 'busy'))
  )
    return null
  // Only what the screen has called "perhaps arrived" may have arrived after all.
  if (from === 'withdrawn' && to === 'taken' && !mayHaveArrived(before))
    return `OUT-20 ${before.client_id} was taken back and is taken`
  return RANK[to] < RANK[from] || (RANK[from] === 3 && from !== to)
    ? `OUT-11 ${before.client_id} went from ${from} to ${to}`
    : null
}

/** What a monitor's probes say: read from the newest, the first run that is long enough; null: none is. */
function sees(relay: Relay, site: SiteId): 'up' | 'down' | null {
  let [good, bad] = [0, 0]
  const probes = relay.probes.filter((p) => p.site === site)
  for (const { ok } of probes.toReversed()) {
    ;[good, bad] = ok ? [good + 1, 0] : [0, bad + 1]
    if (bad >= THRESHOLDS.misses) return 'down'
    if (good >= THRESHOLDS.recovers) return 'up'
  }
  return probes.some((p) => p.ok) ? 'up' : null
}

/** SITE-1 to SITE-3, SITE-5: what is wrong with a declaration of `to` in the place of `from`; null: nothing. */
export function faultOfMove(world: World, readable: readonly Relay[], from: SiteId, to: SiteId): string | null {
  const majority = (site: SiteId, word: 'up' | 'down') =>
    readable.filter((m) => sees(m, site) === word).length > world.monitors.length / 2
  if (!majority(from, 'down')) return `SITE-1 ${to} declares ${from} down without a majority`
  const first = world.sites.all.find((s) => s.id !== from && majority(s.id, 'up'))
  return first?.id === to ? null : `SITE-5 ${to} declares itself in the place of ${from}, not of ${String(first?.id)}`
}

/** PUSH-1, PUSH-18: what is wrong with a push now, `waited` ms after the relay first saw the alert; null: nothing. */
export function faultOfPush(relay: Relay, key: string, sender: SiteId, waited: number): string | null {
  const { world } = relay
  const { relays } = world
  const speaking = relays.filter((r) => r !== relay && relay.reads(r) && r.speaks)
  if (speaking.some((r) => r.sent.has(key))) return `PUSH-1 ${relay.id} has pushed ${key}, which was done`
  for (let life = 0; life <= relay.life; life++) {
    const listed = relay.listed.filter((l) => l.key === key && l.life === life).map((l) => l.at)
    const last = listed.at(-1) ?? -Infinity
    if (life === relay.life && world.time.now - last < PATIENCE)
      return `PUSH-18 ${relay.id} has pushed ${key} because a probe was lost`
    if (last - listed[0]! >= RINGING) return `PUSH-18 ${relay.id} has pushed ${key}, which was rung long ago`
  }
  const before = relays.slice(0, relays.indexOf(relay))
  const first = relay.id === sender ? [] : speaking.filter((r) => r.id === sender || before.includes(r))
  return first.length && waited < PATIENCE ? `PUSH-1 ${relay.id} has pushed ${key} out of turn` : null
}

function judgeMessages(world: World, phone: Phone, site: Site): void {
  const events = phone.said.flatMap(({ client_id, payload }) =>
    payload.kind === 'event' ? [{ client_id, payload }] : [],
  )
  const rooms = new Set(events.map((e) => e.payload.room))
  for (const room of rooms) {
    const own = (e: RoomEvent) => personOf(world.deployment, e.sender) === phone.person
    const shown = world.core.onlyOnce(world.deployment, world.sites.log(site, room)).filter(own)
    const ids = shown.map((e) => String(e.content[TYPE.clientId]))
    const expected = events.filter((e) => e.payload.room === room).map((e) => e.client_id)
    for (const id of expected) {
      const count = ids.filter((i) => i === id).length
      const item = phone.disk.known.get(id)
      if (item?.delivery.state === 'withdrawn') {
        if (count > (mayHaveArrived(item) ? 1 : 0))
          world.fail(`OUT-20 ${id} was withdrawn and is in ${room} at ${site.id}`)
      } else if (count !== 1) world.fail(`OUT-10 ${phone.person}'s ${id} is ${count} times in ${room} at ${site.id}`)
    }
    const order = ids.filter((id) => expected.includes(id) && !phone.withdrawn.has(id))
    if (order.join() !== expected.filter((id) => order.includes(id)).join())
      world.fail(`OUT-3 ${phone.person}'s messages in ${room} at ${site.id}: ${order.join()}`)
    for (const { content } of world.sites.log(site, room).filter(own)) {
      const said = events.find((e) => e.client_id === content[TYPE.clientId])
      if (said && said.payload.content['body'] !== content['body'])
        world.fail(`OUT-20 ${said.client_id} reads otherwise at ${site.id} than with its writer`)
    }
  }
}

function judgeAnswers(world: World, phone: Phone, site: Site): void {
  const said = new Map<string, Response[]>()
  for (const { payload } of phone.said)
    if (payload.kind === 'response')
      said.set(payload.response.alert, [...(said.get(payload.response.alert) ?? []), payload.response])
  const tallies = world.sites.log(site, LAGE).flatMap((e) => {
    const content = readTally(e)
    return content ? [{ event_id: e.event_id, content }] : []
  })
  for (const [alert, responses] of said) {
    const entry = world.core.foldTally(alert, tallies).get(phone.person as PersonId)
    // Of two in the same millisecond either may count.
    const last = Math.max(...responses.map((r) => r.at))
    if (!responses.some((r) => r.id === entry?.id && r.at === last))
      world.fail(`ANSWER-3 ${phone.person}'s answer is not in the tally at ${site.id}`)
  }
}

/** OUT-13: one event for one transaction, of all that were made at this site. */
function judgeTransactions(world: World, site: Site): void {
  const seen = new Set<string>()
  for (const { sender, content, room_id } of site.made) {
    const id = content[TYPE.clientId]
    if (typeof id !== 'string') continue
    const key = `${sender} ${room_id satisfies RoomId} ${id}`
    if (seen.has(key)) world.fail(`OUT-13 ${site.id} made two events of ${key}`)
    seen.add(key)
  }
}

/** After a world has come to rest. */
export function judge(world: World): string[] {
  const alive = world.sites.all.filter((s) => s.state !== 'burnt')
  for (const site of alive) {
    judgeTransactions(world, site)
    for (const phone of world.phones) {
      judgeMessages(world, phone, site)
      judgeAnswers(world, phone, site)
    }
    for (const id of world.alertIdsAt(site))
      if (!world.pushes.some((p) => p.key === id)) world.fail(`PUSH-1 nobody has pushed ${id}`)
  }
  for (const phone of world.phones) {
    if (phone.waits.alike) world.fail(`OUT-4 all waits of ${phone.person} are alike`)
    for (const item of phone.disk.items.values())
      if (item.delivery.state !== 'taken' && item.delivery.state !== 'withdrawn')
        world.fail(`OUT-4 ${item.client_id} has come to rest as ${item.delivery.state}`)
  }
  for (const a of world.incidents)
    for (const b of world.incidents)
      if (a.replaced === b.replaced && a.from === b.from && a.to === b.to && a.incident !== b.incident)
        world.fail(`SITE-6 one failover has the incidents ${a.incident} and ${b.incident}`)
  for (const id of new Set(world.pushes.map((p) => p.key)))
    for (const relay of world.relays)
      if (world.pushes.filter((p) => p.key === id && p.relay === relay.id).length > 1)
        world.fail(`PUSH-1 ${relay.id} has pushed ${id} twice`)
  return [...new Set(world.faults)]
}
